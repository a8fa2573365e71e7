package localhome

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ndjson-parquet/internal/home"
)

// LedgerName is the ledger's file in the root.
const LedgerName = "tracking.db"

// Resolve fills what is empty with its place in the root and makes all paths absolute.
func Resolve(p home.Places) (home.Places, error) {
	root, err := filepath.Abs(p.Root)
	if err != nil {
		return p, fmt.Errorf("root %s: %w", p.Root, err)
	}
	p.Root = root
	for _, place := range []struct {
		at   *string
		name string
	}{
		{&p.Input, "input"}, {&p.Manifests, "manifests"}, {&p.Output, "output"}, {&p.Quarantine, "quarantine"},
		{&p.Ledger, LedgerName},
	} {
		switch {
		case *place.at == "":
			*place.at = filepath.Join(root, place.name)
		case home.IsRemote(*place.at):
			*place.at = strings.TrimRight(*place.at, "/")
		case strings.Contains(*place.at, "://"):
			return p, fmt.Errorf("%s: this scheme is not supported; use a path or s3://bucket/prefix", *place.at)
		default:
			if *place.at, err = filepath.Abs(*place.at); err != nil {
				return p, fmt.Errorf("%s: %w", *place.at, err)
			}
		}
	}
	if home.IsRemote(p.Ledger) {
		return p, fmt.Errorf("the ledger must be a local file, not %s: SQLite cannot work on an object store", p.Ledger)
	}
	p.OwnsInput = !home.IsRemote(p.Input) && inside(resolved(p.Input), resolved(p.Root))
	return p, nil
}

// ErrPlaces says that places cannot be used together.
var ErrPlaces = errors.New("these places cannot be used together")

// Check refuses places where what is written would be read as input again, or where the input is
// inside a place that the pipeline manages. Symbolic links are resolved.
func Check(p home.Places) error {
	input := resolved(p.Input)
	for _, written := range []struct{ what, place string }{
		{"output", p.Output}, {"manifests folder", p.Manifests}, {"quarantine", p.Quarantine}, {"ledger", p.Ledger},
		{"root", p.Root},
	} {
		place := resolved(written.place)
		if inside(place, input) {
			return fmt.Errorf("%w: the %s (%s) is inside the input (%s), so what is written there would be read "+
				"again; put one of them elsewhere", ErrPlaces, written.what, written.place, p.Input)
		}
		if written.what != "root" && inside(input, place) {
			return fmt.Errorf("%w: the input (%s) is inside the %s (%s); put one of them elsewhere", ErrPlaces, p.Input,
				written.what, written.place)
		}
	}
	if info, err := os.Stat(p.Input); err == nil && !info.IsDir() && !home.IsRemote(p.Input) {
		return fmt.Errorf("%w: the input %s is a file; give the directory it is in, or use the convert command for "+
			"single files", ErrPlaces, p.Input)
	}
	return nil
}

// inside reports whether path is dir or below it.
func inside(path, dir string) bool {
	if home.IsRemote(path) != home.IsRemote(dir) {
		return false
	}
	if home.IsRemote(path) {
		return path == dir || strings.HasPrefix(path, dir+"/")
	}
	if rel, err := filepath.Rel(dir, path); err == nil && (rel == "." || filepath.IsLocal(rel)) {
		return true
	}
	// The spelling may differ where the file system ignores case or mounts a folder twice.
	folder, err := os.Stat(dir)
	if err != nil {
		return false
	}
	for at := path; ; at = filepath.Dir(at) {
		if info, err := os.Stat(at); err == nil && os.SameFile(info, folder) {
			return true
		}
		if at == filepath.Dir(at) {
			return false
		}
	}
}

// resolved is path with its symbolic links resolved, as far as it exists.
func resolved(path string) string {
	if home.IsRemote(path) {
		return path
	}
	rest := ""
	for at := path; ; at = filepath.Dir(at) {
		target, err := filepath.EvalSymlinks(at)
		if err == nil {
			return filepath.Join(target, rest)
		}
		if !errors.Is(err, fs.ErrNotExist) || at == filepath.Dir(at) {
			return path
		}
		rest = filepath.Join(filepath.Base(at), rest)
	}
}
