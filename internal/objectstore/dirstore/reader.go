package dirstore

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ndjson-parquet/internal/objectstore"
)

// Open opens the file of want.Key. If the file is replaced later, the reader still reads the old
// one to its end. If it is written to in place, the reader reports it as changed.
func (s *Store) Open(ctx context.Context, want objectstore.Object) (objectstore.Reader, error) {
	if _, err := s.Head(ctx, want.Key); err != nil { // opening a named pipe would block until its other end is opened
		return nil, err
	}
	f, err := s.root.Open(filepath.FromSlash(want.Key))
	if err != nil {
		return nil, s.failed("read", want.Key, err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return nil, errors.Join(s.failed("read", want.Key, err), f.Close())
	}
	obj := describe(want.Key, info)
	if want.ETag != "" && want.ETag != obj.ETag {
		return nil, errors.Join(s.changed(want.Key), f.Close())
	}
	return &reader{f: f, obj: obj, store: s}, nil
}

// A reader checks after every read that the file has not changed since it was opened.
type reader struct {
	f     *os.File
	obj   objectstore.Object
	store *Store
}

func (r *reader) Object() objectstore.Object { return r.obj }

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.f.Read(p)
	return r.checked(n, err)
}

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.f.ReadAt(p, off)
	return r.checked(n, err)
}

func (r *reader) checked(n int, err error) (int, error) {
	if err == nil || errors.Is(err, io.EOF) {
		if changed := r.check(); changed != nil {
			return 0, changed
		}
		return n, err
	}
	return n, r.store.failed("read", r.obj.Key, err)
}

func (r *reader) check() error {
	info, err := r.f.Stat()
	if err != nil {
		return err
	}
	if !describe(r.obj.Key, info).Same(r.obj) {
		return r.store.changed(r.obj.Key)
	}
	return nil
}

func (r *reader) Close() error { return errors.Join(r.check(), r.f.Close()) }
