// Latchkey decides, per user, who may use an API, with which token, and what the token may do, and answers HTTPS
// requests by those decisions. See README.md.
package main

import (
	"os"

	"latchkey/cmd"
)

func main() { os.Exit(cmd.Main(os.Args[1:])) }
