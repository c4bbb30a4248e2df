// Package perm is the commands about rules and about roles, which are rules with a name of their own.
package perm
