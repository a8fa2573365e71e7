package objectstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// A Copier is a Store that can copy from some other stores without moving the bytes through this process.
type Copier interface {
	// CopyFrom copies the very version obj of src to key. It reports false, having done nothing, if src is not one it can
	// copy from.
	CopyFrom(ctx context.Context, src Store, obj Object, key string) (copied Object, ok bool, err error)
}

// copyInMemory is the size up to which Copy holds an object in memory instead of in a temporary file.
const copyInMemory = 4 << 20

// Copy copies the very version obj of src to dstKey in dst, and replaces what is there. The copy is complete and known
// to be unmixed before anything of it appears in dst. ErrNotFound and ErrChanged as for Open.
func Copy(ctx context.Context, src Store, obj Object, dst Store, dstKey string) (Object, error) {
	if c, ok := dst.(Copier); ok {
		if copied, done, err := c.CopyFrom(ctx, src, obj, dstKey); done || err != nil {
			return copied, err
		}
	}
	copied, err := copyThroughHere(ctx, src, obj, dst, dstKey)
	if err != nil {
		return Object{}, fmt.Errorf("copy %s to %s: %w", src.URI(obj.Key), dst.URI(dstKey), err)
	}
	return copied, nil
}

func copyThroughHere(ctx context.Context, src Store, obj Object, dst Store, dstKey string) (_ Object, err error) {
	r, err := src.Open(ctx, obj)
	if err != nil {
		return Object{}, err
	}
	var body Body
	if size := r.Object().Size; size <= copyInMemory {
		data := make([]byte, size)
		_, err = io.ReadFull(r, data)
		body = bytes.NewReader(data)
	} else {
		spool, err := os.CreateTemp("", "ndjson-parquet-copy-*")
		if err != nil {
			return Object{}, errors.Join(err, r.Close())
		}
		defer func() {
			_ = spool.Close()
			_ = os.Remove(spool.Name())
		}()
		if _, err := io.Copy(spool, r); err != nil {
			return Object{}, errors.Join(err, r.Close())
		}
		body = spool
	}
	if err := errors.Join(err, r.Close()); err != nil {
		return Object{}, err
	}
	return dst.Put(ctx, dstKey, body)
}
