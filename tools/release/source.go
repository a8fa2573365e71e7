package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// snapshot is the version of builds that are no release.
const snapshot = "0.0.0-dev"

// A source is what a release is built from.
type source struct {
	root     string // the repository
	version  string // without a leading "v"
	revision string // 12 digits of the commit, with "-dirty" if the tree has changes
	time     time.Time
}

// readSource describes the checked-out commit. An empty version is that of the commit's tag, or a
// snapshot. A tree with changes makes snapshots only.
func readSource(root, version string) (source, error) {
	s := source{root: root, version: strings.TrimPrefix(version, "v")}
	commit, err := s.git("log", "-1", "--format=%H %ct")
	if err != nil {
		return s, err
	}
	hash, seconds, _ := strings.Cut(commit, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return s, fmt.Errorf("the commit's time %q: %w", seconds, err)
	}
	s.revision, s.time = hash[:12], time.Unix(unix, 0).UTC()
	changes, err := s.git("status", "--porcelain")
	if err != nil {
		return s, err
	}
	if s.version == "" {
		if s.version, err = s.taggedVersion(); err != nil {
			return s, err
		}
	}
	if changes != "" {
		s.revision += "-dirty"
		if s.version != snapshot {
			return s, fmt.Errorf("the tree has changes: commit them before releasing %s\n%s", s.version, changes)
		}
	}
	return s, s.checkVersion()
}

// taggedVersion returns the version of the commit's tag, or snapshot if it has none.
func (s source) taggedVersion() (string, error) {
	tags, err := s.git("tag", "--points-at", "HEAD", "--list", "v[0-9]*")
	if err != nil {
		return "", err
	}
	if tags == "" {
		return snapshot, nil
	}
	return strings.TrimPrefix(strings.Fields(tags)[0], "v"), nil
}

// checkVersion refuses a version that is not a semantic version, that Python cannot express, or
// that CHANGELOG.md does not describe.
func (s source) checkVersion() error {
	v := "v" + s.version
	if semver.Canonical(v) != v {
		return fmt.Errorf("%q is not a version such as 1.2.3 or 1.2.3-rc.1", s.version)
	}
	if _, err := pythonVersion(s.version); err != nil {
		return err
	}
	if s.version == snapshot {
		return nil
	}
	changelog, err := os.ReadFile(filepath.Join(s.root, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	if !regexp.MustCompile(`(?m)^## \[` + regexp.QuoteMeta(s.version) + `\]`).Match(changelog) {
		return fmt.Errorf("CHANGELOG.md has no section [%s]", s.version)
	}
	return nil
}

func (s source) git(args ...string) (string, error) {
	return output(exec.Command("git", append([]string{"-C", s.root}, args...)...))
}

// output runs a command and returns its standard output without the final newline. An error
// contains what it printed on standard error.
func output(cmd *exec.Cmd) (string, error) {
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, problems.String())
	}
	return strings.TrimRight(string(out), "\n"), nil
}
