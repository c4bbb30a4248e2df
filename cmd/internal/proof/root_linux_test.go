package proof

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRootProofs: .ci/run runs the proofs that take root, or do more as root, as root too; and no others, as these take long.
func TestRootProofs(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile("../../../.ci/run")
	if err != nil {
		t.Fatal(err)
	}
	listed := regexp.MustCompile(`(?m)^root_proofs='\^\((.*)\)\$'`).FindStringSubmatch(string(script))
	if listed == nil {
		t.Fatal(".ci/run has no list of the proofs that take root")
	}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		content, err := os.ReadFile(file.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, function := range regexp.MustCompile(`(?ms)^func (Test\w+)\(t \*testing\.T\) \{$(.*?)^\}$`).FindAllStringSubmatch(string(content), -1) {
			if strings.Contains(function[2], `need(t, "root"`) || strings.Contains(function[2], "os.Geteuid() != 0") {
				want[function[1]] = true
			}
		}
	}
	delete(want, "TestRootProofs") // it has the words itself
	for _, name := range strings.Split(listed[1], "|") {
		if !want[name] {
			t.Errorf(".ci/run runs %s as root, which does nothing else as root", name)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s takes root, and root_proofs in .ci/run does not name it", name)
	}
}
