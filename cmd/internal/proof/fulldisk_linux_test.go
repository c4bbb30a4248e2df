package proof

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// fullVariable says to the test, run again in a mount namespace of its own, that it is there, and where it may mount.
const fullVariable = "LATCHKEY_PROOF_FULL"

// TestDisableOnAFullDisk has a user with few permissions fill a small disk with whatever a server writes there, and then
// another program take the last byte. All the while, with the server running, tokens can be disabled and users removed, by
// an operator on the machine and by one over HTTPS, and that decides the next request (D12).
func TestDisableOnAFullDisk(t *testing.T) {
	t.Parallel()
	need(t, "unshare", "mount", "umount")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"--mount", "--propagation", "private", self}
	if os.Geteuid() != 0 { // then there is tmpfs alone
		words = append([]string{"--user", "--map-root-user"}, words...)
	}
	command := exec.CommandContext(t.Context(), "unshare", words...)
	command.Env = append(os.Environ(), fullVariable+"="+t.TempDir(), binaryVariable+"="+binary)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Logf("%s", output)
}

// fillDisks is the test in its mount namespace; it returns its exit status.
func fillDisks(directory string) int {
	binary = os.Getenv(binaryVariable)
	failed := 0
	for number, volume := range volumes(directory) {
		some := fillings
		if number > 0 {
			some = fillings[:amount(1, len(fillings))]
		}
		for _, filling := range some {
			err := volume.try(filling)
			if errors.Is(err, errNoVolume) {
				tell("%s: left out: %v", volume.name, err)
			} else if err != nil {
				tell("%s, %s: %v", volume.name, filling.name, err)
				failed = 1
			}
		}
	}
	return failed
}

// volume is a file system of a kind.
type volume struct {
	name  string
	make  []string // the program that makes it in an image; nil: there is none
	size  int64    // bytes
	mount string
	as    []string // what runs the binary as a user without privileges
}

// volumes are one of each kind that this machine can make.
func volumes(directory string) []volume {
	mount := filepath.Join(directory, "disk")
	list := []volume{{name: "tmpfs", size: 12 << 20, mount: mount}}
	if !isRoot() {
		return list
	}
	unprivileged := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
	return append(list, []volume{
		{"ext4", []string{"mkfs.ext4", "-q", "-F"}, 24 << 20, mount, nil},
		{"ext4, unprivileged", []string{"mkfs.ext4", "-q", "-F"}, 24 << 20, mount, unprivileged},
		{"xfs", []string{"mkfs.xfs", "-q", "-f"}, 300 << 20, mount, nil},
		{"btrfs", []string{"mkfs.btrfs", "-q", "-f"}, 512 << 20, mount, nil},
	}...)
}

// errNoVolume: this machine cannot make the file system.
var errNoVolume = errors.New("no such file system here")

// try makes the file system and fills it in one way.
func (v volume) try(filling filling) (err error) {
	if err := os.MkdirAll(v.mount, 0o700); err != nil {
		return err
	}
	image := v.mount + ".img"
	defer os.Remove(image) //nolint:errcheck // there may be none
	if err := v.mountOn(image); err != nil {
		return fmt.Errorf("%w: %w", errNoVolume, err)
	}
	defer func() { err = errors.Join(err, tool("umount", v.mount)) }()
	return v.attack(filling)
}

// mountOn makes the file system in an image, where it needs one, and mounts it.
func (v volume) mountOn(image string) error {
	if v.make == nil {
		return tool("mount", "-t", "tmpfs", "-o", fmt.Sprint("size=", v.size), "none", v.mount)
	}
	err := os.WriteFile(image, nil, 0o600)
	if err == nil {
		err = os.Truncate(image, v.size)
	}
	if err == nil {
		err = tool(v.make[0], append(v.make[1:], image)...)
	}
	if err == nil {
		err = tool("mount", "-o", "loop", image, v.mount)
	}
	return err
}

// filling is one way to fill a disk.
type filling struct {
	name  string
	leave int64 // bytes that are free to begin with
	fill  func(s *server, token string) (refused int, err error)
	wants int // the status of what the server refuses in the end; 0: none is refused
}

var fillings = []filling{
	{"documents", 3 << 20, fillWithDocuments, http.StatusInsufficientStorage},
	{"request log", 7 << 20, fillWithRequests, 0},
	{"drafts", 3 << 20, fillWithDrafts, http.StatusInsufficientStorage},
	{"revisions", 3 << 20, fillWithRevisions, http.StatusInsufficientStorage},
}

// victims are how many users there are whose access is taken away.
const victims = 60

// attack fills the disk under a running server and takes access away.
func (v volume) attack(filling filling) error {
	i, err := v.installation()
	if err != nil {
		return err
	}
	all, err := i.people()
	if err != nil {
		return err
	}
	s, err := i.start("--access-log", "off", "--request-log", "1000000", "--min-free", "1M", "--save-limit", "off")
	if err != nil {
		return err
	}
	defer func() { s.kill() }()
	if err := v.leave(filling.leave); err != nil {
		return err
	}
	refused, err := filling.fill(s, all.tokens["mallory"])
	for round := 0; err == nil && v.free() > filling.leave*3/4 && round < 5; round++ { // a busy server leaves entries of its request log out
		refused, err = filling.fill(s, all.tokens["mallory"])
	}
	if err != nil {
		return fmt.Errorf("filling the disk: %w", err)
	}
	left := v.free()
	if refused != filling.wants || left > filling.leave*3/4 {
		return fmt.Errorf("filling the disk ends with status %d, want %d; %d bytes are left", refused, filling.wants, left)
	}
	if err := s.takeAway(all, 8); err != nil {
		return fmt.Errorf("with %d bytes left: %w", left, err)
	}
	if err := v.leave(0); err != nil {
		return err
	}
	had := i.reserve()
	if err := s.takeAway(all, 40); err != nil {
		return fmt.Errorf("with nothing left: %w", err)
	}
	tell("%s, %s: %d KiB were left; after that, taking access from 40 users took %d KiB of %d", v.name, filling.name, left>>10, had-i.reserve(), had)
	if v.as != nil { // what a stop gives back, ext4 keeps for root
		return i.examine(context.Background())
	}
	if err := errors.Join(os.Remove(i.database+"-reserve"), v.leave(0)); err != nil {
		return err
	}
	if s, err = s.takeAwayStopped(all); err != nil {
		return fmt.Errorf("without a reserve: %w", err)
	}
	return i.examine(context.Background())
}

// installation is an empty directory on the volume, of the user's who runs the binary.
func (v volume) installation() (installation, error) {
	i := at(filepath.Join(v.mount, "data"))
	err := os.Mkdir(i.directory, 0o700)
	if v.as == nil || err != nil {
		return i, err
	}
	const nobody = 65534
	i.as, i.program = v.as, filepath.Join(filepath.Dir(v.mount), "latchkey")
	return i, errors.Join(os.Chown(i.directory, nobody, nobody), os.Chmod(v.mount, 0o755), os.Chmod(filepath.Dir(filepath.Dir(v.mount)), 0o755), tool("cp", binary, i.program))
}

// isRoot tells whether the test is root of the machine, and not of a user namespace alone.
func isRoot() bool {
	content, err := os.ReadFile("/proc/self/uid_map")
	words := strings.Fields(string(content))
	return err == nil && os.Geteuid() == 0 && len(words) == 3 && words[2] == "4294967295"
}

// reserve is how many KiB the reserve file has.
func (i installation) reserve() int64 {
	info, err := os.Stat(i.database + "-reserve")
	if err != nil {
		return -1
	}
	return info.Size() >> 10
}

// people are users with their tokens, and who of them is to lose access next.
type people struct {
	tokens map[string]string
	next   int
}

// people makes a database with an admin, mallory who is to fill the disk, and those whose access is to be taken away.
func (i installation) people() (*people, error) {
	names := []string{"admin", "mallory"}
	for number := range victims {
		names = append(names, fmt.Sprint("ci", number))
	}
	lines := []string{"init", "user add " + strings.Join(names, " ") + " --save", "perm grant admin *:* --save",
		"perm grant mallory orders:create users:* permissions:* --save", "token enable " + strings.Join(names, " ") + " --save"}
	all := &people{tokens: map[string]string{}}
	for _, line := range lines {
		printed, err := i.try(strings.Fields(line)...)
		if err != nil {
			return nil, err
		}
		for _, row := range strings.Split(printed, "\n") {
			if words := strings.Fields(row); len(words) == 2 {
				all.tokens[words[0]] = words[1]
			}
		}
	}
	return all, nil
}

// takeAway takes access away from so many users in turn: at the command line by disabling and by removing, over HTTPS
// the same. None of them is answered any more.
func (s *server) takeAway(all *people, many int) error {
	for number := range many {
		name := fmt.Sprint("ci", all.next)
		all.next++
		var err error
		switch number % 4 {
		case 0:
			_, err = s.try("token", "disable", name, "--save")
		case 1:
			_, err = s.try("user", "remove", name, "-y", "--save")
		case 2:
			err = s.delete(all, "users/"+name+"/token?save=true")
		default:
			err = s.delete(all, "users/"+name+"?save=true")
		}
		if err == nil {
			err = s.refuses(all, name)
		}
		if err != nil {
			return fmt.Errorf("%s, number %d: %w", name, number, err)
		}
	}
	return nil
}

// takeAwayStopped takes access away where there is no room at all for it: with the server stopped, as the error says.
func (s *server) takeAwayStopped(all *people) (*server, error) {
	for tries := 0; ; tries++ { // what is left of the log may be enough for some
		name := fmt.Sprint("ci", all.next)
		all.next++
		_, err := s.try("token", "disable", name, "--save")
		if err == nil && tries < 8 {
			continue
		}
		if err != nil && !strings.Contains(err.Error(), "stop the server, save, and start it again") {
			return s, fmt.Errorf("the error does not say what to do: %w", err)
		}
		_ = s.process.Process.Signal(unix.SIGTERM)
		<-s.ended
		if _, err := s.try("token", "disable", name, "--save", "--ensure"); err != nil {
			return s, fmt.Errorf("with the server stopped: %w", err)
		}
		again, err := s.start("--access-log", "off", "--save-limit", "off")
		if err != nil {
			return s, err
		}
		return again, again.refuses(all, name)
	}
}

// delete makes a request of the admin's.
func (s *server) delete(all *people, path string) error {
	status, text, err := s.send(http.MethodDelete, "admin", all.tokens["admin"], path, nil)
	if err == nil && status/100 != 2 {
		err = fmt.Errorf("DELETE %s: status %d: %s", path, status, text)
	}
	return err
}

// refuses checks that a user is not answered any more.
func (s *server) refuses(all *people, name string) error {
	status, err := s.get(context.Background(), name, all.tokens[name], "/api/v2/time")
	if err == nil && status != http.StatusUnauthorized {
		err = fmt.Errorf("%s is answered with %d", name, status)
	}
	return err
}

// send makes a request with a JSON body, and returns what is answered.
func (s *server) send(method, user, token, path string, body any) (status int, text string, err error) {
	content, err := json.Marshal(body)
	if err != nil {
		return 0, "", err
	}
	request, err := http.NewRequestWithContext(context.Background(), method, s.url+"/api/v2/"+path, bytes.NewReader(content))
	if err != nil {
		return 0, "", err
	}
	if body == nil {
		request.Body, request.ContentLength = http.NoBody, 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth(user, token)
	answer, err := s.client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	content, err = io.ReadAll(answer.Body)
	return answer.StatusCode, string(content), err
}

// free is how many bytes a program without privileges can write.
func (v volume) free() int64 {
	var stat unix.Statfs_t
	if err := unix.Statfs(v.mount, &stat); err != nil {
		return -1
	}
	return int64(stat.Bavail) * stat.Bsize
}

// leave has another program take the disk, but for so many bytes.
func (v volume) leave(bytes int64) error {
	file, err := os.OpenFile(filepath.Join(v.mount, "filler"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	for size := v.size; size >= 512; {
		if bytes > 0 && v.free()-size < bytes {
			size /= 2
			continue
		}
		if err = v.grow(file, size); errors.Is(err, unix.ENOSPC) {
			size /= 2
		} else if err != nil {
			return err
		}
		if err := unix.Syncfs(int(file.Fd())); err != nil && !errors.Is(err, unix.ENOSPC) {
			return err
		}
	}
	return nil
}

// grow takes so many bytes for a file.
func (v volume) grow(file *os.File, size int64) error {
	if size < 1<<20 {
		_, err := file.Write(make([]byte, size))
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return unix.Fallocate(int(file.Fd()), 0, info.Size(), size)
}

// patience is how many refusals in a row end an attack.
const patience = 3

// fillWithDocuments stores documents of all sizes, large ones first.
func fillWithDocuments(s *server, token string) (last int, err error) {
	for _, size := range []int{1_000_000, 100_000, 10_000, 1000, 10} {
		body := map[string]string{"comment": strings.Repeat("x", size)}
		for refused := 0; refused < patience; {
			status, text, err := s.send(http.MethodPost, "mallory", token, "orders", body)
			if err != nil {
				return 0, err
			}
			if last = status; status != http.StatusCreated {
				refused++
			}
			if status != http.StatusCreated && status != http.StatusInsufficientStorage {
				return status, fmt.Errorf("%s", text)
			}
		}
	}
	return last, nil
}

// fillWithRequests makes requests with long queries, more than there is room for in the request log.
func fillWithRequests(s *server, token string) (int, error) {
	query := strings.Repeat("a-b-", 120)
	for range amount(8000, 20_000) {
		if _, err := s.get(context.Background(), "mallory", token, "/api/v2/time?"+query); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// fillWithDrafts stages users with long notes, in one draft after the other.
func fillWithDrafts(s *server, token string) (int, error) {
	return s.addUsers(token, func(number int) string { return fmt.Sprintf("users?draft=d%d", number/50) })
}

// fillWithRevisions saves users with long notes.
func fillWithRevisions(s *server, token string) (int, error) {
	return s.addUsers(token, func(int) string { return "users?save=true" })
}

// addUsers adds users until that is refused some times in a row.
func (s *server) addUsers(token string, path func(number int) string) (last int, err error) {
	note := strings.Repeat("x", 1000)
	for number, refused := 0, 0; refused < patience; number++ {
		status, text, err := s.send(http.MethodPost, "mallory", token, path(number), map[string]string{"name": fmt.Sprint("new", number), "note": note})
		if err != nil {
			return 0, err
		}
		switch last = status; {
		case status == http.StatusInsufficientStorage:
			refused++
		case status/100 != 2:
			return status, errors.New(text)
		}
	}
	return last, nil
}
