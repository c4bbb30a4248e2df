// Package cmd is the command line: one file per noun or verb. A command reads its flags into an options struct, its
// run method does the work with [App] and the packages below, and knows no cobra.
//
// It decides nothing about tokens or permissions, and it touches the outside world only through App.
package cmd
