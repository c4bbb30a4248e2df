// Package cmd is the command line: [Main], the command tree, the exit statuses, help topics and completion. The commands of
// each noun are in a package of their own below it. A command reads its flags into an options struct; a function that knows
// no cobra does the work, with package app and those of the database.
//
// It decides nothing about tokens or permissions, and it touches the outside world only through app.App.
package cmd
