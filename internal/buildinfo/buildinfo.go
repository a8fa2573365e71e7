// Package buildinfo is the version of this program: what the release build sets with linker flags, else what the Go
// toolchain stamped from version control.
package buildinfo

import (
	"runtime/debug"
	"sync"
)

// version and revision are set by release builds:
//
//	-ldflags "-X ndjson-parquet/internal/buildinfo.version=1.2.3 -X ndjson-parquet/internal/buildinfo.revision=abc…"
var version, revision string

// Version is the version without a leading "v": 1.2.3 of a release, 0.0.0-dev of any other build.
func Version() string { return stamp().version }

// Revision is the commit the program was built from, 12 hexadecimal digits, with "-dirty" if the tree had changes. It is
// "unknown" where the toolchain does not stamp it, as in tests.
func Revision() string { return stamp().revision }

type stamped struct{ version, revision string }

var stamp = sync.OnceValue(func() stamped {
	s := stamped{version, revision}
	if s.version == "" {
		s.version = "0.0.0-dev"
	}
	if s.revision == "" {
		s.revision = fromVersionControl()
	}
	return s
})

// fromVersionControl returns what the Go toolchain recorded of the commit.
func fromVersionControl() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	commit, modified := "", false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if commit == "" {
		return "unknown"
	}
	const digits = 12
	commit = commit[:min(len(commit), digits)]
	if modified {
		commit += "-dirty"
	}
	return commit
}
