package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

const (
	lockTries = 500
	lockPause = 20 * time.Millisecond
)

// lockDirectory keeps other starting servers out of the directory until unlock is called. It locks the directory
// itself, so no lock file is left behind; a process that has ended holds nothing.
func lockDirectory(ctx context.Context, path string) (unlock func() error, err error) {
	directory, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	pause := time.NewTicker(lockPause)
	defer pause.Stop()
	for range lockTries {
		err = syscall.Flock(int(directory.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), directory.Close())
		case <-pause.C:
		}
	}
	if err != nil {
		return nil, fmt.Errorf("locking %s: another program holds it: %w", path, errors.Join(err, directory.Close()))
	}
	return directory.Close, nil
}
