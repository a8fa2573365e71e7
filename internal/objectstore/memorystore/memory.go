// Package memorystore keeps objects in memory, for the simulation and for tests that need a store
// but no disk.
package memorystore

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"ndjson-parquet/internal/objectstore"
)

// A Store is an objectstore.Store in memory. Its ETags depend on the content and, like a
// directory's, on the write: the same bytes written again are another version.
type Store struct {
	name string
	now  func() time.Time

	mu      sync.Mutex
	writes  int
	objects map[string]stored
}

type stored struct {
	objectstore.Object
	data []byte
}

var _ objectstore.Store = (*Store)(nil)

// New returns an empty store whose addresses begin with memory://name/. now may be nil.
func New(name string, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{name: name, now: now, objects: map[string]stored{}}
}

func (s *Store) prefix() string { return "memory://" + s.name + "/" }

// URI implements objectstore.Store.
func (s *Store) URI(key string) string { return s.prefix() + key }

// Key implements objectstore.Store.
func (s *Store) Key(uri string) (string, bool) {
	key, ok := strings.CutPrefix(uri, s.prefix())
	return key, ok && objectstore.CheckKey(key) == nil
}

// usable returns the error of a call whose context is done or whose key is not usable.
func usable(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(key) > maxKeyLength {
		return &objectstore.KeyError{Key: key, Reason: "it is too long"}
	}
	return objectstore.CheckKey(key)
}

// maxKeyLength is that of object stores, in bytes.
const maxKeyLength = 1024

func (s *Store) current(ctx context.Context, key string) (stored, error) {
	if err := usable(ctx, key); err != nil {
		return stored{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[key]
	if !ok {
		return stored{}, fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrNotFound)
	}
	return o, nil
}

// Head implements objectstore.Store.
func (s *Store) Head(ctx context.Context, key string) (objectstore.Object, error) {
	o, err := s.current(ctx, key)
	return o.Object, err
}

// Open implements objectstore.Store. The reader keeps reading its version, whatever becomes of the
// key.
func (s *Store) Open(ctx context.Context, want objectstore.Object) (objectstore.Reader, error) {
	o, err := s.current(ctx, want.Key)
	if err != nil {
		return nil, err
	}
	if want.ETag != "" && want.ETag != o.ETag {
		return nil, fmt.Errorf("%s: %w", s.URI(want.Key), objectstore.ErrChanged)
	}
	return reader{bytes.NewReader(o.data), o.Object}, nil
}

// Get implements objectstore.Store.
func (s *Store) Get(ctx context.Context, key string) ([]byte, objectstore.Object, error) {
	o, err := s.current(ctx, key)
	return slices.Clone(o.data), o.Object, err
}

// Put implements objectstore.Store.
func (s *Store) Put(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	return s.put(ctx, key, body, false)
}

// PutIfAbsent implements objectstore.Store.
func (s *Store) PutIfAbsent(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	return s.put(ctx, key, body, true)
}

func (s *Store) put(ctx context.Context, key string, body objectstore.Body, ifAbsent bool) (objectstore.Object, error) {
	if err := usable(ctx, key); err != nil {
		return objectstore.Object{}, err
	}
	size, err := body.Seek(0, io.SeekEnd)
	if err != nil {
		return objectstore.Object{}, err
	}
	data, err := io.ReadAll(io.NewSectionReader(body, 0, size))
	if err != nil {
		return objectstore.Object{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, ok := s.objects[key]; ok && ifAbsent {
		if bytes.Equal(old.data, data) {
			return old.Object, nil
		}
		return objectstore.Object{}, fmt.Errorf("%s: %w", s.URI(key), objectstore.ErrExists)
	}
	s.writes++
	sum := sha256.Sum256(data)
	o := stored{data: data, Object: objectstore.Object{
		Key: key, ETag: fmt.Sprintf("%s-%d", hex.EncodeToString(sum[:8]), s.writes), Size: int64(len(data)),
		ModTime: s.now(),
	}}
	s.objects[key] = o
	return o.Object, nil
}

// Delete implements objectstore.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := usable(ctx, key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
	return nil
}

// DeleteVersion implements objectstore.Store.
func (s *Store) DeleteVersion(ctx context.Context, obj objectstore.Object) error {
	if err := usable(ctx, obj.Key); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch o, ok := s.objects[obj.Key]; {
	case !ok:
		return nil
	case o.ETag != obj.ETag:
		return fmt.Errorf("%s: %w", s.URI(obj.Key), objectstore.ErrChanged)
	}
	delete(s.objects, obj.Key)
	return nil
}

// List implements objectstore.Store. It yields the keys that existed when it began, in their
// present versions.
func (s *Store) List(ctx context.Context, prefix, startAfter string) iter.Seq2[objectstore.Object, error] {
	return func(yield func(objectstore.Object, error) bool) {
		s.mu.Lock()
		var keys []string
		for key := range s.objects {
			if strings.HasPrefix(key, prefix) && key > startAfter {
				keys = append(keys, key)
			}
		}
		s.mu.Unlock()
		slices.Sort(keys)
		for _, key := range keys {
			if err := ctx.Err(); err != nil {
				yield(objectstore.Object{}, err)
				return
			}
			s.mu.Lock()
			o, ok := s.objects[key]
			s.mu.Unlock()
			if ok && !yield(o.Object, nil) {
				return
			}
		}
	}
}

type reader struct {
	*bytes.Reader
	object objectstore.Object
}

func (r reader) Close() error               { return nil }
func (r reader) Object() objectstore.Object { return r.object }
