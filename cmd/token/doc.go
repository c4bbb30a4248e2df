// Package token is the commands about tokens: making, replacing and ending them, and answering what one is, or whose.
package token
