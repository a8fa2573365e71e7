package objectstore

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// A Tagger is a Store whose objects can have tags.
type Tagger interface {
	// Tag adds a tag to the version obj of an object and keeps its other tags.
	Tag(ctx context.Context, obj Object, name, value string) error
}

// A Copier is a Store that can copy from some other stores without moving the bytes through this
// process.
type Copier interface {
	// CopyFrom copies the version obj of src to key. It does nothing and returns false if it cannot
	// copy from src.
	CopyFrom(ctx context.Context, src Store, obj Object, key string) (copied Object, ok bool, err error)
}

// Copy copies the version obj of src to dstKey in dst and replaces what the key held. Content that
// passes through this process is kept in scratch until it is complete and known to be of one
// version, so that dst never holds part of it. ErrNotFound and ErrChanged as for Open.
func Copy(ctx context.Context, src Store, obj Object, dst Store, dstKey string, scratch Scratch) (Object, error) {
	if c, ok := dst.(Copier); ok {
		if copied, done, err := c.CopyFrom(ctx, src, obj, dstKey); done || err != nil {
			return copied, err
		}
	}
	copied, err := copyThroughScratch(ctx, src, obj, dst, dstKey, scratch)
	if err != nil {
		return Object{}, fmt.Errorf("copy %s to %s: %w", src.URI(obj.Key), dst.URI(dstKey), err)
	}
	return copied, nil
}

func copyThroughScratch(ctx context.Context, src Store, obj Object, dst Store, dstKey string,
	scratch Scratch) (_ Object, err error) {
	r, err := src.Open(ctx, obj)
	if err != nil {
		return Object{}, err
	}
	content, err := scratch.New()
	if err != nil {
		return Object{}, errors.Join(err, r.Close())
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	if _, err := io.Copy(content, r); err != nil {
		return Object{}, errors.Join(err, r.Close())
	}
	if err := r.Close(); err != nil {
		return Object{}, err
	}
	return dst.Put(ctx, dstKey, content.Reader())
}
