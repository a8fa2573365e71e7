// Package dirstore keeps objects as files below one directory of the local file system.
//
// The elements of a key are the names of directories and, last, of the file. No key and no symbolic
// link leads out of the root. Content is first written to a hidden directory of the root and synced
// to disk; then it appears under its name at once.
//
// The ETag consists of the file's size and modification time (in ns). It costs one stat, survives a
// restart, and is the same for every process. Put makes sure that two versions differ in it. If
// another program writes into the root, its change is seen once the file system's clock has ticked,
// after a few milliseconds at most.
//
// If the file system ignores the case of names (macOS, Windows), so do keys.
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

// A Store is an objectstore.Store of a directory.
type Store struct {
	root *os.Root
	base string // absolute path of the root
}

var _ objectstore.Store = (*Store)(nil)

// Open returns the store of an existing directory. It changes nothing there except that it removes
// temporary files that a crash left more than an hour ago.
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

// Create is like Open but creates the directory if it does not exist.
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

// URI is a percent-encoded file URL.
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

// Get reads a file as a whole.
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

// Delete deletes the file of key. Directories stay, even empty ones, because other programs may
// rely on them.
func (s *Store) Delete(_ context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	return s.remove(key)
}

func (s *Store) remove(key string) error {
	name := filepath.FromSlash(key)
	if info, err := s.root.Lstat(name); err == nil && info.IsDir() {
		return nil // a directory is not an object
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

// DeleteVersion renames the file before it compares its version for the last time, so that a
// version that arrives in between is put back instead of deleted.
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
		// Put it back, unless a still newer version has taken its place.
		if err := s.root.Link(temp, name); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("put back the newer version of %s, which is now in %s: %w", s.URI(obj.Key),
				filepath.Join(s.base, temp), hint(err))
		}
		_ = s.root.Remove(temp)
		return errors.Join(s.changed(obj.Key), err)
	}
	if err := errors.Join(s.root.Remove(temp), s.syncFolder(path.Dir(obj.Key))); err != nil {
		return s.failed("delete", obj.Key, err)
	}
	return nil
}

// describe is the only function that makes an ETag.
func describe(key string, info fs.FileInfo) objectstore.Object {
	return objectstore.Object{
		Key:     key,
		ETag:    fmt.Sprintf("%x-%x", info.Size(), info.ModTime().UnixNano()),
		Size:    info.Size(),
		ModTime: info.ModTime().UTC(),
	}
}

// missing reports whether err means that a file does not exist, also because a file is where a
// directory would have to be.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// failed returns err with the operation and the key, as ErrNotFound or ErrBadKey if that is what it
// means.
func (s *Store) failed(what, key string, err error) error {
	switch {
	case missing(err) && s.gone():
		return fmt.Errorf("%s %s: the directory %s does not exist any more: %w", what, s.URI(key), s.base,
			objectstore.ErrUnavailable)
	case missing(err):
		return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrNotFound)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return &objectstore.KeyError{Key: key, Reason: "it is longer than the file system allows"}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s %s: %w: %w", what, s.URI(key), objectstore.ErrDenied, hint(err))
	case unavailable(err):
		return fmt.Errorf("%s %s: %w: %w", what, s.URI(key), objectstore.ErrUnavailable, err)
	}
	return fmt.Errorf("%s %s: %w", what, s.URI(key), hint(err))
}

// gone reports whether the directory itself was removed or its file system detached.
func (s *Store) gone() bool {
	there, err := os.Stat(s.base)
	if err != nil {
		return true
	}
	opened, err := s.root.Stat(".")
	return err != nil || !os.SameFile(there, opened)
}

// unavailable reports whether err is about the file system or this process instead of a file. An
// input or output error is not: a single file may be on a damaged sector.
func unavailable(err error) bool {
	for _, e := range []error{
		syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE, syscall.ENODEV, syscall.ENXIO, syscall.ETIMEDOUT,
		syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENOTCONN, syscall.ESTALE,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

func (s *Store) changed(key string) error {
	return fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrChanged)
}

// hint adds advice to errors that the operator can resolve.
func hint(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w (free some space, then try again)", err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w (give this user access, or use another directory)", err)
	}
	return err
}
