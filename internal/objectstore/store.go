// Package objectstore is the port to object stores: directories (dirstore) and buckets of any
// S3-compatible store (s3store). Package objectstoretest is the contract that every backend passes.
//
// # Guarantees
//
// Consistency: a read or a listing that starts after a write has returned sees the write. Objects
// appear and change as a whole.
//
// Durability: when Put, PutIfAbsent, Copy or Delete returns nil, the change survives a crash of the
// machine.
//
// Concurrency: any number of goroutines and processes may use a Store at the same time. The last
// Put of a key wins; of several PutIfAbsent of different bytes exactly one wins.
//
// Memory: no method but Get holds a whole object, and no method holds a whole listing.
package objectstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Errors to be tested for with errors.Is. Any other error means that the store could not be reached
// or refused the request.
var (
	// ErrNotFound: the object, or that version of it, does not exist.
	ErrNotFound = errors.New("no such object")
	// ErrExists: PutIfAbsent found other content under the key.
	ErrExists = errors.New("object exists with other content")
	// ErrChanged: the key has another version than the requested one, or the object changed while
	// it was read.
	ErrChanged = errors.New("object changed")
	// ErrDenied: the store refused the request because of a permission, a credential or an
	// encryption key. It says nothing about the object.
	ErrDenied = errors.New("the store denied access")
	// ErrUnavailable: the store could not be reached, is overloaded, or does not exist. It says
	// nothing about the object.
	ErrUnavailable = errors.New("the store is not available")
	// ErrBadKey: the store cannot have an object with this key. See CheckKey.
	ErrBadKey = errors.New("unusable object key")
)

// An Object describes one version of an object. Key together with ETag or VersionID identifies it.
type Object struct {
	// Key is relative to the store's root, with '/' between its elements on every platform.
	Key string
	// ETag changes whenever the content does. It has no quotes and is opaque: only comparing it
	// makes sense.
	ETag string
	// VersionID is empty if the store keeps no versions, and in listings.
	VersionID string
	Size      int64 // bytes
	ModTime   time.Time
}

// Same reports whether o and p are one version: by VersionID where both have one, else by ETag.
func (o Object) Same(p Object) bool {
	if o.Key != p.Key {
		return false
	}
	if o.VersionID != "" && p.VersionID != "" {
		return o.VersionID == p.VersionID
	}
	return o.ETag == p.ETag
}

// A ReadStore is the reading half of a Store.
type ReadStore interface {
	// URI is the address of key, for messages and for _source_file: file:///… (percent-encoded) or
	// s3://bucket/… (not encoded).
	URI(key string) string

	// Key is the inverse of URI. It reports false for an address outside this store.
	Key(uri string) (key string, ok bool)

	// Head describes the current version of key. ErrNotFound.
	Head(ctx context.Context, key string) (Object, error)

	// Open reads exactly the version that want describes: by want.VersionID, otherwise by
	// want.ETag; the current version if both are empty. Other fields of want are ignored.
	// ErrNotFound if the key, or that version, does not exist; ErrChanged if the key has another
	// version.
	Open(ctx context.Context, want Object) (Reader, error)

	// Get reads the current version of a small object as a whole. ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, Object, error)

	// List yields the objects whose keys begin with prefix and sort after startAfter (both may be
	// empty) in ascending order of the keys' bytes. An error ends the listing. An object that is
	// written or deleted during the listing may or may not be yielded; every other one is yielded
	// exactly once.
	List(ctx context.Context, prefix, startAfter string) iter.Seq2[Object, error]
}

// A Store holds objects under keys. The package comment says what all methods guarantee.
type Store interface {
	ReadStore

	// Put stores all of body, whatever its position, and replaces the object under the key. It is
	// atomic.
	Put(ctx context.Context, key string, body Body) (Object, error)

	// PutIfAbsent stores all of body if there is no object under the key. An object with exactly
	// the same content counts as the result of this write and is not an error, so that a caller can
	// repeat a write after a time-out or a crash. ErrExists if the object has other content.
	PutIfAbsent(ctx context.Context, key string, body Body) (Object, error)

	// Delete deletes the current version of key. A key without an object is not an error.
	Delete(ctx context.Context, key string) error

	// DeleteVersion deletes obj.Key if it still has the version obj. A key without an object is not
	// an error. ErrChanged, without any effect, if the key has another version. If the store keeps
	// versions, older ones stay hidden.
	DeleteVersion(ctx context.Context, obj Object) error
}

// A Body is content to be written. A write that is retried or split into parts reads it more than
// once, and in several places at the same time. *bytes.Reader, *strings.Reader, *os.File and
// *io.SectionReader are Bodies.
type Body interface {
	io.ReadSeeker
	io.ReaderAt
}

// A Reader reads one version of an object. Read must not be called concurrently; ReadAt may be,
// also beside Read.
//
// Read, ReadAt and Close may return ErrChanged. The bytes read are those of the version only if
// none of them did, so the error of Close matters.
type Reader interface {
	io.Reader
	io.ReaderAt
	io.Closer
	// Object is the version being read.
	Object() Object
}

// PutBytes is Put for content in memory.
func PutBytes(ctx context.Context, s Store, key string, content []byte) (Object, error) {
	return s.Put(ctx, key, bytes.NewReader(content))
}

// PutBytesIfAbsent is PutIfAbsent for content in memory.
func PutBytesIfAbsent(ctx context.Context, s Store, key string, content []byte) (Object, error) {
	return s.PutIfAbsent(ctx, key, bytes.NewReader(content))
}
