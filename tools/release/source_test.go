package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// newRepository makes a repository with one commit, of the year 2025, that releases 1.2.3 may be
// made from.
func newRepository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	changelog := []byte("# Changelog\n\n## [1.2.3] - 2025-01-17\n")
	if err := os.WriteFile(filepath.Join(root, "CHANGELOG.md"), changelog, 0o644); err != nil {
		t.Fatal(err)
	}
	gitIn(t, root, "init", "-q")
	gitIn(t, root, "add", ".")
	gitIn(t, root, "commit", "-q", "-m", "Start")
	return root
}

func gitIn(t *testing.T, root string, args ...string) {
	t.Helper()
	identity := []string{"-C", root, "-c", "user.name=test", "-c", "user.email=test@localhost"}
	cmd := exec.Command("git", append(identity, args...)...)
	cmd.Env = append(os.Environ(), "GIT_COMMITTER_DATE=2025-01-17T14:31:00Z", "GIT_CONFIG_GLOBAL="+os.DevNull)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func TestSourceOfATaggedCommit(t *testing.T) {
	root := newRepository(t)
	for _, test := range []struct{ tag, asked, want string }{
		{"", "", "0.0.0-dev"},
		{"", "1.2.3", "1.2.3"},
		{"", "v1.2.3", "1.2.3"},
		{"v1.2.3", "", "1.2.3"},
	} {
		if test.tag != "" {
			gitIn(t, root, "tag", test.tag)
		}
		s, err := readSource(root, test.asked)
		if err != nil || s.version != test.want || len(s.revision) != 12 || s.time.Unix() != 1737124260 {
			t.Errorf("readSource(%q) at tag %q = %+v, %v; want version %s", test.asked, test.tag, s, err, test.want)
		}
	}
}

func TestSourceRefusesVersions(t *testing.T) {
	root := newRepository(t)
	for version, want := range map[string]string{
		"1.2":          "is not a version",
		"latest":       "is not a version",
		"1.2.3+build":  "is not a version",
		"1.2.3-nice.1": "expected alpha.N",
		"1.2.4":        "CHANGELOG.md has no section",
	} {
		if _, err := readSource(root, version); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("readSource(%q): %v, want an error with %q", version, err, want)
		}
	}
}

func TestSourceWithChangesMakesSnapshotsOnly(t *testing.T) {
	root := newRepository(t)
	if err := os.WriteFile(filepath.Join(root, "new"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readSource(root, "1.2.3"); err == nil || !strings.Contains(err.Error(), "the tree has changes") {
		t.Errorf("readSource of a tree with changes: %v", err)
	}
	s, err := readSource(root, "")
	if err != nil || s.version != snapshot || !strings.HasSuffix(s.revision, "-dirty") {
		t.Errorf("readSource of a tree with changes = %+v, %v", s, err)
	}
}
