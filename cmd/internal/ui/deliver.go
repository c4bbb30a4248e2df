package ui

import (
	"fmt"
	"io"
	"os"
	"syscall"
)

// Deliver writes a text that must not be lost, such as a token before the save that makes it work: all of it, and down
// to the disk when w is a regular file, so that a full disk shows here and not later. An error means that the reader may
// have got a part or nothing; no error does not mean that anybody has read it (C2).
func Deliver(w io.Writer, text string) error {
	n, err := io.WriteString(w, text)
	if err == nil && n < len(text) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	file, ok := w.(*os.File)
	if !ok {
		return nil
	}
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	if !info.Mode().IsRegular() {
		return nil // terminals and pipes refuse to be synced
	}
	if err := file.Sync(); err != nil {
		return fmt.Errorf("writing the output to disk: %w", err)
	}
	return nil
}

// IsNullDevice says whether a file is the null device, by its device number: whatever its name, and also the one that
// Go's start puts in the place of a closed stdout. A token written there is seen by nobody, so making one is refused.
func IsNullDevice(f *os.File) (bool, error) {
	device, err := characterDevice(f.Stat())
	if device == nil {
		return false, err
	}
	null, err := characterDevice(os.Stat(os.DevNull))
	return null != nil && device.Rdev == null.Rdev, err
}

// characterDevice is nil for a file that is none.
func characterDevice(info os.FileInfo, err error) (*syscall.Stat_t, error) {
	if err != nil {
		return nil, fmt.Errorf("looking at the output: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || info.Mode()&os.ModeCharDevice == 0 {
		return nil, nil
	}
	return stat, nil
}
