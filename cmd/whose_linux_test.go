package cmd_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asOSUser runs latchkey as another OS user, one of a user namespace, and returns all that it has told.
func asOSUser(t *testing.T, id int, environment []string, args ...string) (told string, status int) {
	t.Helper()
	command := exec.CommandContext(t.Context(), binary, args...)
	command.Env = environment
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: id, HostID: os.Getegid(), Size: 1}},
	}
	output, err := command.CombinedOutput()
	if command.ProcessState == nil {
		t.Skip("no user namespaces here:", err)
	}
	return string(output), command.ProcessState.ExitCode()
}

// TestWhichDatabase: --db, then LATCHKEY_DB, then the data directory of whoever runs it, which is another one for root.
func TestWhichDatabase(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	home, data := filepath.Join(folder, "home"), filepath.Join(folder, "data")
	for name, test := range map[string]struct {
		id          int
		environment string
		args        string
		want        string
	}{
		"a home":                    {1000, "HOME=" + home, "init", home + "/.local/share/latchkey/latchkey.db"},
		"a data directory":          {1000, "HOME=" + home + " XDG_DATA_HOME=" + data, "init", data + "/latchkey/latchkey.db"},
		"a relative data directory": {1000, "HOME=" + folder + " XDG_DATA_HOME=data", "init", folder + "/.local/share/latchkey/latchkey.db"},
		"the variable": {1000, "HOME=" + home + " XDG_DATA_HOME=" + data + " LATCHKEY_DB=" + folder + "/a.db", "init",
			folder + "/a.db"},
		"the flag": {1000, "LATCHKEY_DB=" + folder + "/none.db", "init --db " + folder + "/b.db", folder + "/b.db"},
		"root, with the variable": {0, "HOME=" + home + " LATCHKEY_DB=" + folder + "/c.db", "init",
			folder + "/c.db"},
	} {
		told, status := asOSUser(t, test.id, strings.Fields(test.environment), strings.Fields(test.args)...)
		if status != 0 || !strings.Contains(told, "made "+test.want+"\n") {
			t.Errorf("%s: got status %d and %q, want %s made", name, status, told, test.want)
		}
		if _, err := os.Stat(test.want); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Root's own is only asked for, since this machine may have one.
	told, _ := asOSUser(t, 0, []string{"HOME=" + home, "XDG_DATA_HOME=" + data}, "status")
	if want := "/var/lib/latchkey/latchkey.db"; !strings.Contains(told, want) {
		t.Errorf("root's: got %q, want %s", told, want)
	}
	told, status := asOSUser(t, 1000, []string{}, "status")
	if status != 2 || !strings.Contains(told, "no home directory: use --db or LATCHKEY_DB") {
		t.Errorf("without a home: got status %d and %q, want 2", status, told)
	}
}

// TestWhoseDraft: who is claimed to edit does, whatever account it is, else the account.
func TestWhoseDraft(t *testing.T) {
	t.Parallel()
	database := "LATCHKEY_DB=" + filepath.Join(t.TempDir(), "latchkey.db")
	if told, status := asOSUser(t, 0, []string{database}, "init"); status != 0 {
		t.Fatalf("got status %d: %s", status, told)
	}
	for name, test := range map[string]struct {
		id          int
		environment string
		want        string
	}{
		"root":                      {0, "", "os:root"},
		"root, by sudo":             {0, "SUDO_USER=ann", "os:ann"},
		"root, by doas":             {0, "DOAS_USER=ann", "os:ann"},
		"a user":                    {54321, "", "os:54321"}, // without a name in the container
		"a shared account, by sudo": {54321, "SUDO_USER=ann", "os:ann"},
		"a shared account, by doas": {54321, "DOAS_USER=ann", "os:ann"},
		"a job":                     {54321, "LATCHKEY_OPERATOR=nightly", "os:nightly"},
		"a job, started by sudo":    {0, "SUDO_USER=ann LATCHKEY_OPERATOR=nightly", "os:nightly"},
		"sudo before doas":          {54321, "DOAS_USER=bob SUDO_USER=ann", "os:ann"},
		"one that is empty":         {54321, "LATCHKEY_OPERATOR= SUDO_USER= DOAS_USER=ann", "os:ann"},
		"all of them empty":         {54321, "LATCHKEY_OPERATOR= SUDO_USER= DOAS_USER=", "os:54321"},
	} {
		told, status := asOSUser(t, test.id, append(strings.Fields(test.environment), database), "status", "-q", "--field", "operator")
		if status != 0 || told != test.want+"\n" {
			t.Errorf("%s: got status %d and %q, want %s", name, status, told, test.want)
		}
	}
}
