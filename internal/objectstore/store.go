// Package objectstore is the port to where objects live: a directory (internal/objectstore/dirstore) or a bucket of any S3-compatible
// store (internal/objectstore/s3store). Package internal/objectstore/objectstoretest holds the contract that every backend passes.
//
// # Guarantees
//
// Consistency: a read or a listing that starts after a write has returned sees it. Nobody ever sees part of an object.
//
// Durability: when Put, PutIfAbsent, Copy or Delete returns nil, the change survives a crash of the machine.
//
// Concurrency: a Store may be used by any number of goroutines and processes at once. The last Put of a key wins; of
// several PutIfAbsent of different bytes exactly one wins.
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

// Errors to be tested for with errors.Is. Every other error means that the store could not be asked, or refused.
var (
	// ErrNotFound: no such object, or no longer that version of it.
	ErrNotFound = errors.New("no such object")
	// ErrExists: PutIfAbsent found other bytes under the key.
	ErrExists = errors.New("object exists with other content")
	// ErrChanged: the key holds another version than the one asked for, or the object changed while it was read.
	ErrChanged = errors.New("object changed")
	// ErrBadKey: the store cannot hold an object of this name. See CheckKey.
	ErrBadKey = errors.New("unusable object key")
)

// An Object describes one version of an object. Key, and ETag or VersionID, identify it.
type Object struct {
	// Key is relative to the store's root, with '/' between its elements on every platform.
	Key string
	// ETag changes whenever the content does. It has no quotes. Opaque: only comparison means something.
	ETag string
	// VersionID is empty where the store keeps no versions, and in listings.
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
	// URI is key's address, for people and for _source_file: file:///… (percent-encoded) or s3://bucket/… (as it is).
	URI(key string) string

	// Key is the inverse of URI. It reports false for an address outside this store.
	Key(uri string) (key string, ok bool)

	// Head describes the current version of key. ErrNotFound.
	Head(ctx context.Context, key string) (Object, error)

	// Open reads exactly the version that want describes: by want.VersionID, else by want.ETag; the current one when both
	// are empty. want.Size and want.ModTime are not looked at. ErrNotFound when the key, or that version, is gone;
	// ErrChanged when the key now holds another version.
	Open(ctx context.Context, want Object) (Reader, error)

	// Get reads the current version of a small object whole. ErrNotFound.
	Get(ctx context.Context, key string) ([]byte, Object, error)

	// List yields the objects whose keys begin with prefix and sort after startAfter (both may be empty) in ascending
	// order of the keys' bytes. An error ends the listing. An object written or deleted meanwhile may or may not be
	// yielded; every other one is, exactly once.
	List(ctx context.Context, prefix, startAfter string) iter.Seq2[Object, error]
}

// A Store holds objects under keys. The package comment says what all methods guarantee.
type Store interface {
	ReadStore

	// Put stores all of body, from its start whatever its position, and replaces what the key held. It is atomic.
	Put(ctx context.Context, key string, body Body) (Object, error)

	// PutIfAbsent stores all of body if the key holds nothing. If the key holds exactly these bytes already, that counts as
	// this very write and is no error: a caller that repeats itself after a time-out or a crash recognises its own. Other
	// bytes there: ErrExists.
	PutIfAbsent(ctx context.Context, key string, body Body) (Object, error)

	// Delete removes the current version of key. It is no error if there is none.
	Delete(ctx context.Context, key string) error

	// DeleteVersion removes obj.Key if it still holds the version obj, and is no error if it holds nothing. ErrChanged, and
	// nothing removed, if it holds another version. Where the store keeps versions, older ones stay hidden.
	DeleteVersion(ctx context.Context, obj Object) error
}

// A Body is content to be written. It is read more than once, and in several places at once, when a write is retried or
// goes in parts. *bytes.Reader, *strings.Reader, *os.File and *io.SectionReader are Bodies.
type Body interface {
	io.ReadSeeker
	io.ReaderAt
}

// A Reader reads one version of an object. Read must not be called concurrently; ReadAt may be, also beside Read.
//
// Any of Read, ReadAt and Close may report ErrChanged. What was read is that version only if none of them did, so
// Close's error counts.
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
