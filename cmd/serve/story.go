package serve

import "io"

// tell writes a part of the story: warnings and what would be lost untold. The server serves on when nobody listens
// any more.
func (s *server) tell(text string) { _, _ = io.WriteString(s.Story, text) }

// note writes a part of the story that a quiet server leaves out.
func (s *server) note(text string) {
	if !s.Quiet {
		s.tell(text)
	}
}

// command is a line for a shell that runs latchkey on this server's database.
func (s *server) command(words string) string {
	if s.DefaultPath {
		return "latchkey " + words
	}
	return "latchkey " + words + " --db " + quote(s.Database)
}
