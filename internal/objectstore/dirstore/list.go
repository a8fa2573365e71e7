package dirstore

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"ndjson-parquet/internal/objectstore"
)

// List skips names that are Ignored and everything that is not a regular file. A symbolic link
// counts as the file that it leads to, if that is in the root; links to directories are not
// followed. List holds the names of one directory, and of those above it, at a time.
func (s *Store) List(ctx context.Context, prefix, startAfter string) iter.Seq2[objectstore.Object, error] {
	return func(yield func(objectstore.Object, error) bool) {
		top := "." // the deepest directory that contains all keys with this prefix
		if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
			top = prefix[:i]
			if checkKey(top) != nil || slices.ContainsFunc(strings.Split(top, "/"), Ignored) {
				return
			}
		}
		l := lister{store: s, prefix: prefix, startAfter: startAfter, yield: yield}
		if err := l.folder(ctx, s.root, top, top); err != nil {
			yield(objectstore.Object{}, fmt.Errorf("list %s: %w", s.base, hint(err)))
		}
	}
}

// A lister walks directories in the order of their keys.
type lister struct {
	store              *Store
	prefix, startAfter string
	yield              func(objectstore.Object, error) bool
	done               bool // the consumer has stopped
}

// folder lists the directory that is called name in parent and whose files' keys begin with key.
func (l *lister) folder(ctx context.Context, parent *os.Root, name, key string) error {
	root, err := parent.OpenRoot(filepath.FromSlash(name))
	if err != nil {
		info, statErr := parent.Stat(filepath.FromSlash(name))
		if missing(err) || missing(statErr) || statErr == nil && !info.IsDir() {
			return nil // deleted, created only now, or a file: it contains no keys
		}
		return err
	}
	defer func() { _ = root.Close() }()
	entries, err := readNames(root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.entry(ctx, root, e, path.Join(key, e.Name())); err != nil || l.done {
			return err
		}
	}
	return nil
}

func (l *lister) entry(ctx context.Context, folder *os.Root, e fs.DirEntry, key string) error {
	if e.IsDir() {
		inside := key + "/"
		wanted := strings.HasPrefix(inside, l.prefix) || strings.HasPrefix(l.prefix, inside)
		passed := inside < l.startAfter && !strings.HasPrefix(l.startAfter, inside)
		if !wanted || passed {
			return nil
		}
		return l.folder(ctx, folder, e.Name(), key)
	}
	if !strings.HasPrefix(key, l.prefix) || key <= l.startAfter {
		return nil
	}
	info, err := folder.Lstat(e.Name())
	switch {
	case missing(err): // deleted since the directory was read
		return nil
	case err != nil:
		return err
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := l.store.root.Stat(filepath.FromSlash(key))
		if err != nil {
			target = info // it leads nowhere or out of the root
		}
		info = target
	}
	if info.Mode().IsRegular() {
		l.done = !l.yield(describe(key, info), nil)
	}
	return nil
}

// readNames returns the entries of a directory that are not Ignored, in the order of their keys:
// the name of a directory counts with the slash that follows it in keys.
func readNames(folder *os.Root) ([]fs.DirEntry, error) {
	f, err := folder.Open(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return Ignored(e.Name()) })
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(asKey(a), asKey(b)) })
	return entries, nil
}

func asKey(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}
