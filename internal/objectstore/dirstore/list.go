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

// List leaves out what Ignored names, and everything that is no regular file. A symbolic link counts as the file it leads
// to, if that lies in the root; links to folders are not followed. It holds the names of one folder at a time, and of those
// above it.
func (s *Store) List(ctx context.Context, prefix, startAfter string) iter.Seq2[objectstore.Object, error] {
	return func(yield func(objectstore.Object, error) bool) {
		top := "." // the deepest folder that holds all keys with this prefix
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

// A lister walks folders in the order of the keys in them.
type lister struct {
	store              *Store
	prefix, startAfter string
	yield              func(objectstore.Object, error) bool
	done               bool // the consumer has had enough
}

// folder lists the folder that is called name in parent and whose files' keys begin with key.
func (l *lister) folder(ctx context.Context, parent *os.Root, name, key string) error {
	root, err := parent.OpenRoot(filepath.FromSlash(name))
	if err != nil {
		info, statErr := parent.Stat(filepath.FromSlash(name))
		if missing(err) || missing(statErr) || statErr == nil && !info.IsDir() {
			return nil // gone, made only now, or a file: no key begins with its name and a slash
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
	case missing(err): // deleted since the folder was read
		return nil
	case err != nil:
		return err
	case info.Mode().Type() == fs.ModeSymlink:
		target, err := l.store.root.Stat(filepath.FromSlash(key))
		if err != nil {
			target = info // it leads nowhere, or out of the root
		}
		info = target
	}
	if info.Mode().IsRegular() {
		l.done = !l.yield(describe(key, info), nil)
	}
	return nil
}

// readNames returns what a folder holds and List does not ignore, in the order of keys: a folder's name counts with the
// slash that follows it there.
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
