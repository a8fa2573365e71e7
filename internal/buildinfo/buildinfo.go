// Package buildinfo is the version of this program: what the release build sets with linker flags,
// else what the Go toolchain stamped from version control.
package buildinfo

import (
	"regexp"
	"runtime/debug"
	"sync"
)

// version and revision are set by release builds:
//
//	-ldflags "-X ndjson-parquet/internal/buildinfo.version=1.2.3 -X ndjson-parquet/internal/buildinfo.revision=abc…"
var version, revision string

// Version is the version without a leading "v": 1.2.3 of a release and of a build from a commit
// tagged v1.2.3, 0.0.0-dev of any other build.
func Version() string { return stamp().version }

// Revision is the commit the program was built from, 12 hexadecimal digits, with "-dirty" if the
// tree had changes. It is "unknown" where the toolchain does not stamp it, as in tests.
func Revision() string { return stamp().revision }

// String returns the version and the revision in the form in which Parquet files name their writer:
// "version 1.2.3 (build 0123456789ab)".
func String() string { return "version " + Version() + " (build " + Revision() + ")" }

type stamped struct{ version, revision string }

var stamp = sync.OnceValue(func() stamped {
	s := stamped{version, revision}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if s.version == "" {
		s.version = taggedVersion(moduleVersion(info))
	}
	if s.revision == "" && info.Main.Path == modulePath {
		s.revision = commitOf(info.Settings)
	}
	if s.revision == "" {
		s.revision = unknown
	}
	return s
})

// modulePath is the path of this module.
const modulePath = "ndjson-parquet"

// unknown is the revision where the toolchain recorded none.
const unknown = "unknown"

// moduleVersion returns the version of this module. In a program of another module that imports
// package convert, it is the version of a dependency; the main module's version and revision are
// not this module's.
func moduleVersion(info *debug.BuildInfo) string {
	if info.Main.Path == modulePath {
		return info.Main.Version
	}
	for _, d := range info.Deps {
		if d.Path == modulePath {
			return d.Version
		}
	}
	return ""
}

var tag = regexp.MustCompile(`^v(\d+\.\d+\.\d+)$`)

// taggedVersion returns the version in the main module's version, which the Go toolchain takes from
// the commit's tag. Any other commit gets a pseudo-version, which is no release.
func taggedVersion(module string) string {
	if m := tag.FindStringSubmatch(module); m != nil {
		return m[1]
	}
	return "0.0.0-dev"
}

// commitOf returns the commit that the Go toolchain recorded.
func commitOf(settings []debug.BuildSetting) string {
	commit, modified := "", false
	for _, s := range settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			modified = s.Value == "true"
		}
	}
	if commit == "" {
		return unknown
	}
	const digits = 12
	commit = commit[:min(len(commit), digits)]
	if modified {
		commit += "-dirty"
	}
	return commit
}
