// Package query is the commands that answer what may be done: can asks about one user, who about all.
package query
