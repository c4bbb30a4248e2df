package maintain

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"latchkey/cmd/internal/servers"
	"latchkey/cmd/serve"
	"latchkey/db"
	"latchkey/db/data"
)

// openToOthers are the mode bits that none of the files may have that are for their owner alone.
const openToOthers = 0o077

// secretFiles are what stands beside a database and is for its owner alone; those that are not there are no finding.
func secretFiles(database string) []string {
	var paths []string
	for _, file := range []string{database, data.PathBeside(database)} {
		paths = append(paths, file, file+"-wal", file+"-shm")
	}
	paths = append(paths, db.ReserveOf(database))
	paths = append(paths, servers.Files(database)...)
	return append(paths, serve.SecretFiles(database)...)
}

// examineFiles looks at who can read or write what should be for its owner alone, and at whose it is (D10).
func examineFiles(database string) []FindingShape {
	const check = "files"
	owner, err := ownerOf(database)
	if err != nil {
		return found(check, err)
	}
	var findings []FindingShape
	for _, path := range secretFiles(database) {
		info, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			findings = append(findings, found(check, err)...)
			continue
		}
		if mode := info.Mode().Perm(); mode&openToOthers != 0 {
			findings = append(findings, FindingShape{check, resultProblem,
				fmt.Sprintf("%s is open to others (mode %04o): run 'chmod 600' on it", path, mode)})
		}
		if whose, err := ownerOf(path); err == nil && whose != owner {
			findings = append(findings, FindingShape{check, resultProblem,
				fmt.Sprintf("%s belongs to user %d and the database to user %d: run 'chown %[3]d' on it", path, whose, owner)})
		}
	}
	if info, err := os.Stat(filepath.Dir(database)); err == nil && info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
		findings = append(findings, FindingShape{check, resultProblem,
			fmt.Sprintf("others can replace files in %s (mode %04o): run 'chmod go-w' on it", filepath.Dir(database), info.Mode().Perm())})
	}
	if len(findings) == 0 {
		return found(check, nil)
	}
	return findings
}

func ownerOf(path string) (uint32, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return 0, err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("the file system does not tell whose %s is", path)
	}
	return stat.Uid, nil
}

const (
	leastRoom  = 64 << 20 // bytes; below it a busy server may soon be full
	largestLog = 64 << 20 // bytes; SQLite moves the log into the file long before
)

// examineRoom looks at the space that is left, at what saves have of their own, and at write-ahead logs that nobody moves
// into their file.
func examineRoom(database string) []FindingShape {
	disk, err := db.DiskOf(database)
	if err != nil {
		return found("room", err)
	}
	finding := FindingShape{"room", resultOK, fmt.Sprintf("%d MiB free", disk.Free>>20)}
	if disk.Free < leastRoom {
		finding.Result = resultWarning
		finding.Detail += ": make room, before long nothing can be saved but what takes access away"
	}
	findings := []FindingShape{finding}
	if disk.Reserve < disk.ReserveWanted {
		findings = append(findings, FindingShape{"room", resultWarning, fmt.Sprintf("%s has %d of %d KiB, which are for taking access away "+
			"on a full disk: make room, the next edit fills it", db.ReserveOf(database), disk.Reserve>>10, disk.ReserveWanted>>10)})
	}
	for _, file := range []string{database, data.PathBeside(database)} {
		if info, err := os.Lstat(file + "-wal"); err == nil && info.Size() > largestLog {
			findings = append(findings, FindingShape{"room", resultWarning, fmt.Sprintf(
				"%s-wal has %d MiB: something reads the file without end, such as a backup that hangs", strings.TrimSuffix(file, "-wal"), info.Size()>>20)})
		}
	}
	return findings
}
