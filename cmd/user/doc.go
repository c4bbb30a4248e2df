// Package user is the commands about users: adding, changing, renaming and removing them, and looking at them.
package user
