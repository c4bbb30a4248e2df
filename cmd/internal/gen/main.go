// Gen writes the manual pages and the completion scripts of latchkey into the project. 'go generate' runs it in cmd.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"latchkey/cmd"
)

const project = ".." // seen from cmd

func main() {
	if err := write(project); err != nil {
		fmt.Fprintln(os.Stderr, "writing the reference:", err) //nolint:forbidigo // the main function of a program for developers
		os.Exit(1)                                             //nolint:forbidigo // the same
	}
}

// write makes the folders of the reference anew, so that the page of a command that is gone goes too.
func write(project string) error {
	files, err := cmd.Reference()
	if err != nil {
		return err
	}
	for _, folder := range cmd.ReferenceFolders() {
		folder = filepath.Join(project, filepath.FromSlash(folder))
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
		if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // sources are for everybody to read
			return err
		}
	}
	for name, content := range files {
		name = filepath.Join(project, filepath.FromSlash(name))
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil { //nolint:gosec // the same
			return err
		}
	}
	return nil
}
