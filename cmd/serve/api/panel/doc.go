// Package panel is the control panel over HTTPS: each request is the operation of the command line that it stands for.
package panel
