package view

import "time"

// TimeOf is the time for a cell, zero for never.
func TimeOf(at *time.Time) time.Time {
	if at == nil {
		return time.Time{}
	}
	return *at
}
