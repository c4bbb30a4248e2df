package maintain

import (
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
	"latchkey/db/exposed"
)

// examineFiles looks at who can read or write what should be for its owner alone, and at whose it is (D10). What is not there is
// no finding.
func examineFiles(database string) []FindingShape {
	const check = "files"
	owner, err := ownerOf(database)
	if err != nil {
		return found(check, err)
	}
	var problems []string
	for _, file := range exposed.Among(append(exposed.Files(database), servers.Files(database)...)...) {
		problems = append(problems, exposed.Unsafe(file).Error())
	}
	for _, err := range serve.ExposedSecrets(database) {
		problems = append(problems, err.Error())
	}
	for _, path := range append(exposed.Files(database), serve.SecretFiles(database)...) {
		if whose, err := ownerOf(path); err == nil && whose != owner {
			problems = append(problems, fmt.Sprintf("%s belongs to user %d and the database to user %d: %s", path, whose, owner,
				asRoot(fmt.Sprintf("run 'chown %d %s'", owner, path), "let root give it to that user")))
		}
	}
	directory := filepath.Dir(database)
	if info, err := os.Stat(directory); err == nil && info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSticky == 0 {
		problems = append(problems, fmt.Sprintf("others can replace files in %s (mode %04o): %s", directory, info.Mode().Perm(),
			asOwner(info, "run 'chmod go-w' on it", "only its owner or root can close it")))
	}
	if problems == nil {
		return found(check, nil)
	}
	findings := make([]FindingShape, len(problems))
	for i, problem := range problems {
		findings[i] = FindingShape{check, resultProblem, problem}
	}
	return findings
}

// asOwner is what only the owner of a file or root may do, or what to say to others.
func asOwner(info fs.FileInfo, command, others string) string {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && int(stat.Uid) == os.Geteuid() {
		return command
	}
	return asRoot(command, others)
}

// asRoot is what only root may do, or what to say to others.
func asRoot(command, others string) string {
	if os.Geteuid() == 0 {
		return command
	}
	return others
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
