package db

import "latchkey/db/engine"

// WithMarks lets every mark of a watched database be taken by a test. taken takes a real one.
func (d *DB) WithMarks(take func(taken func())) {
	real := d.snapshot.Mark
	d.snapshot.Mark = func() (mark engine.Mark, err error) {
		take(func() { mark, err = real() })
		return mark, err
	}
}

// Renewals counts the rounds in which a watched database was read.
func (d *DB) Renewals() int64 { return d.snapshot.Rounds.Load() }
