package serve

import "io"

// print writes a message that a quiet server writes too: a warning, or what would be lost otherwise. The server goes on
// when the message cannot be written.
func (s *server) print(text string) { _, _ = io.WriteString(s.Messages, text) }

// info writes a message that a quiet server leaves out.
func (s *server) info(text string) {
	if !s.Quiet {
		s.print(text)
	}
}

// command is a line for a shell that runs latchkey on this server's database.
func (s *server) command(words string) string {
	if s.DefaultPath {
		return "latchkey " + words
	}
	return "latchkey " + words + " --db " + quote(s.Database)
}
