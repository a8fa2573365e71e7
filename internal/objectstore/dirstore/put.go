package dirstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
	"time"

	"ndjson-parquet/internal/objectstore"
)

// tempFolder is the directory of files that are being written or deleted. It is hidden and in the
// root itself, so that a rename out of it never crosses file systems.
const tempFolder = ".ndjson-parquet-tmp"

// leftOverAge is the time without a write after which a temporary file counts as left by a crash.
const leftOverAge = time.Hour

// Put writes a temporary file and renames it.
func (s *Store) Put(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	return s.put(ctx, key, body, func(temp, name string) error { return s.root.Rename(temp, name) })
}

// PutIfAbsent writes a temporary file and links it to its name, which fails if the name exists.
func (s *Store) PutIfAbsent(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	if _, err := s.Head(ctx, key); err == nil { // common in repeated writes, and cheaper
		return objectstore.Recognise(ctx, s, key, body)
	}
	put, err := s.put(ctx, key, body, func(temp, name string) error {
		if err := s.root.Link(temp, name); err != nil {
			return err
		}
		return s.root.Remove(temp)
	})
	if errors.Is(err, fs.ErrExist) {
		return objectstore.Recognise(ctx, s, key, body)
	}
	return put, err
}

// put writes body to a temporary file, which appear then gives the name of key.
func (s *Store) put(ctx context.Context, key string, body objectstore.Body,
	appear func(temp, name string) error) (objectstore.Object, error) {
	if err := checkKey(key); err != nil {
		return objectstore.Object{}, err
	}
	put, err := s.tryPut(ctx, key, body, appear)
	if err != nil {
		return objectstore.Object{}, s.putFailed(key, err)
	}
	return put, nil
}

func (s *Store) putFailed(key string, err error) error {
	if info, statErr := s.root.Lstat(filepath.FromSlash(key)); statErr == nil && info.IsDir() {
		return &objectstore.KeyError{Key: key, Reason: "a directory has this name"}
	}
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return &objectstore.KeyError{Key: key, Reason: "an element of its path is a file"}
	case errors.Is(err, fs.ErrNotExist): // the root itself is gone, which must not look like ErrNotFound
		return fmt.Errorf("write %s: the root directory does not exist any more: %w", s.URI(key), err)
	}
	return s.failed("write", key, err)
}

func (s *Store) tryPut(ctx context.Context, key string, body objectstore.Body,
	appear func(temp, name string) error) (_ objectstore.Object, err error) {
	size, err := objectstore.Rewind(body)
	if err != nil {
		return objectstore.Object{}, err
	}
	temp, err := s.tempName()
	if err != nil {
		return objectstore.Object{}, err
	}
	defer func() {
		if err != nil {
			_ = s.root.Remove(temp)
		}
	}()
	info, err := s.writeTemp(temp, contextReader{ctx, io.NewSectionReader(body, 0, size)})
	if err != nil {
		return objectstore.Object{}, err
	}
	folder := path.Dir(key)
	if err := s.makeFolder(folder); err != nil {
		return objectstore.Object{}, err
	}
	if err := appear(temp, filepath.FromSlash(key)); err != nil {
		return objectstore.Object{}, err
	}
	return describe(key, info), s.syncFolder(folder)
}

// writeTemp writes and syncs the file temp. It sets the modification time from the system's clock:
// the file system's may stand still for milliseconds, and two versions must differ in it.
func (s *Store) writeTemp(temp string, content io.Reader) (info fs.FileInfo, err error) {
	f, err := s.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	if _, err = io.Copy(f, content); err == nil {
		now := time.Now()
		if err = s.root.Chtimes(temp, now, now); err == nil {
			err = f.Sync()
		}
	}
	if err == nil {
		info, err = f.Stat()
	}
	return info, errors.Join(err, f.Close())
}

// tempName returns a new name in the temporary directory, which it creates if necessary.
func (s *Store) tempName() (string, error) {
	if err := s.root.MkdirAll(tempFolder, 0o777); err != nil {
		return "", fmt.Errorf("make %s in %s: %w", tempFolder, s.base, hint(err))
	}
	return filepath.Join(tempFolder, rand.Text()), nil
}

// removeLeftOvers removes temporary files that a crash left. Those that cannot be removed do no
// harm.
func (s *Store) removeLeftOvers() {
	entries, err := fs.ReadDir(s.root.FS(), tempFolder)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > leftOverAge {
			_ = s.root.Remove(filepath.Join(tempFolder, e.Name()))
		}
	}
}

// makeFolder creates a directory and its parents as needed, and syncs the parent of each new one.
func (s *Store) makeFolder(folder string) error {
	if folder == "." {
		return nil
	}
	err := s.root.Mkdir(filepath.FromSlash(folder), 0o777)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // if it is a file, creating a file in it fails next
	case errors.Is(err, fs.ErrNotExist):
		if err := s.makeFolder(path.Dir(folder)); err != nil {
			return err
		}
		return s.makeFolder(folder)
	case err != nil:
		return err
	}
	return s.syncFolder(path.Dir(folder))
}

// contextReader ends a long copy when its context is done.
type contextReader struct {
	ctx context.Context
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}
