package private

import "testing"

// TestKeyMode is H9a: the rule that PostgreSQL has.
func TestKeyMode(t *testing.T) {
	t.Parallel()
	const service, other = 999, 1000
	for _, test := range []struct {
		owner, user int
		mode        uint32
		refused     bool
	}{
		{service, service, 0o600, false}, {service, service, 0o400, false}, {service, service, 0o640, true}, {service, service, 0o604, true},
		{0, service, 0o640, false}, {0, service, 0o440, false}, {0, service, 0o644, true}, {0, service, 0o660, true}, {0, service, 0o650, true},
		{0, 0, 0o600, false}, {0, 0, 0o640, true},
		{other, service, 0o640, true},
	} {
		if refused := test.mode&uint32(keyMode(test.owner, test.user)) != 0; refused != test.refused {
			t.Errorf("of %d, read by %d, mode %04o: got refused %t, want %t", test.owner, test.user, test.mode, refused, test.refused)
		}
	}
}
