// Package dirstore keeps objects as files below one directory of the local file system.
//
// A key's elements are the names of folders and, last, of the file. No key and no symbolic link leads out of the root.
// Writes go to a hidden folder of the root first, are synced to disk, and appear under their name at once.
//
// The ETag is made of the file's size and modification time (in ns): it costs one stat, survives a restart, and is the
// same for every process. Put sees to it that two versions differ in it. Other programs that write into the root are seen
// to change a file as soon as the file system's clock has ticked, which takes a few milliseconds at most.
//
// Where the file system folds the case of names (macOS, Windows), so do keys.
package dirstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"ndjson-parquet/internal/objectstore"
)

// A Store is an objectstore.Store over a directory.
type Store struct {
	root *os.Root
	base string // absolute path of the root
}

var _ objectstore.Store = (*Store)(nil)

// Open returns the store over an existing directory. It changes nothing there, but for temporary files that a crash left
// behind more than an hour ago: those it removes.
func Open(directory string) (*Store, error) {
	base, err := filepath.Abs(directory)
	if err != nil {
		return nil, fmt.Errorf("find directory %s: %w", directory, err)
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	s := &Store{root: root, base: base}
	s.removeLeftOvers()
	return s, nil
}

// Create is Open, and makes the directory first if there is none.
func Create(directory string) (*Store, error) {
	if err := os.MkdirAll(directory, 0o777); err != nil {
		return nil, fmt.Errorf("make directory: %w", hint(err))
	}
	return Open(directory)
}

// Close releases the directory. The store must not be used afterwards.
func (s *Store) Close() error { return s.root.Close() }

// Path is the absolute path of the root.
func (s *Store) Path() string { return s.base }

// URI is a file URL with everything percent-encoded that needs it.
func (s *Store) URI(key string) string {
	slashed := filepath.ToSlash(s.base)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // C:/data
	}
	u := url.URL{Scheme: "file", Path: strings.TrimSuffix(slashed, "/") + "/" + key}
	return u.String()
}

// Key is the inverse of URI.
func (s *Store) Key(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Host != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", false
	}
	root, err := url.Parse(s.URI(""))
	if err != nil {
		return "", false
	}
	key, ok := strings.CutPrefix(u.Path, root.Path)
	return key, ok && checkKey(key) == nil
}

// Head describes the file of key.
func (s *Store) Head(_ context.Context, key string) (objectstore.Object, error) {
	if err := checkKey(key); err != nil {
		return objectstore.Object{}, err
	}
	info, err := s.root.Stat(filepath.FromSlash(key))
	if err != nil {
		return objectstore.Object{}, s.failed("read", key, err)
	}
	if !info.Mode().IsRegular() {
		return objectstore.Object{}, s.failed("read", key, fs.ErrNotExist)
	}
	return describe(key, info), nil
}

// Get reads a file whole.
func (s *Store) Get(ctx context.Context, key string) ([]byte, objectstore.Object, error) {
	r, err := s.Open(ctx, objectstore.Object{Key: key})
	if err != nil {
		return nil, objectstore.Object{}, err
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, objectstore.Object{}, err
	}
	return content, r.Object(), nil
}

// Delete removes the file of key. Folders stay, even empty ones: whoever made them may count on them.
func (s *Store) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	return s.remove(key)
}

func (s *Store) remove(key string) error {
	name := filepath.FromSlash(key)
	if info, err := s.root.Lstat(name); err == nil && info.IsDir() {
		return nil // a folder is no object
	}
	err := s.root.Remove(name)
	if err == nil {
		err = s.syncFolder(path.Dir(key))
	}
	if err == nil || missing(err) {
		return nil
	}
	return s.failed("delete", key, err)
}

// DeleteVersion takes the file out of sight before it looks at it for the last time, so that a version that arrives in
// between is put back instead of removed.
func (s *Store) DeleteVersion(ctx context.Context, obj objectstore.Object) error {
	now, err := s.Head(ctx, obj.Key)
	if errors.Is(err, objectstore.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if !now.Same(obj) {
		return s.changed(obj.Key)
	}
	temp, err := s.tempName()
	if err != nil {
		return err
	}
	name := filepath.FromSlash(obj.Key)
	if err := s.root.Rename(name, temp); err != nil {
		if missing(err) {
			return nil
		}
		return s.failed("delete", obj.Key, err)
	}
	info, err := s.root.Stat(temp)
	if err != nil || !describe(obj.Key, info).Same(obj) {
		// Back to its place, unless a yet newer version has taken that already.
		if err := s.root.Link(temp, name); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("put back the newer version of %s, which is now in %s: %w", s.URI(obj.Key), filepath.Join(s.base, temp), hint(err))
		}
		_ = s.root.Remove(temp)
		return errors.Join(s.changed(obj.Key), err)
	}
	if err := errors.Join(s.root.Remove(temp), s.syncFolder(path.Dir(obj.Key))); err != nil {
		return s.failed("delete", obj.Key, err)
	}
	return nil
}

// describe is the only place where the ETag is made.
func describe(key string, info fs.FileInfo) objectstore.Object {
	return objectstore.Object{
		Key:     key,
		ETag:    fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano()),
		Size:    info.Size(),
		ModTime: info.ModTime().UTC(),
	}
}

// missing reports whether err says that a file is not there: also when a file stands where a folder would have to be.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// failed says what could not be done with key, as ErrNotFound or ErrBadKey where that is why.
func (s *Store) failed(what, key string, err error) error {
	switch {
	case missing(err):
		return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrNotFound)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return &objectstore.KeyError{Key: key, Reason: "it is longer than the file system allows"}
	}
	return fmt.Errorf("%s %s: %w", what, s.URI(key), hint(err))
}

func (s *Store) changed(key string) error {
	return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrChanged)
}

// hint adds what to do to errors that a person has to solve.
func hint(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w (free some space, then try again)", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (give this user access, or use another place)", err)
	}
	return err
}
