// Package open opens an object store by its address. It is separate from package objectstore so
// that only programs, and not the core, link the AWS SDK.
package open

import (
	"context"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/dirstore"
	"ndjson-parquet/internal/objectstore/s3store"
)

// Existing opens the store at address: s3://bucket/prefix, file:///path, or the path of a
// directory, which must exist. For a bucket it makes no request.
func Existing(ctx context.Context, address string) (objectstore.Store, error) {
	return open(ctx, address, dirstore.Open)
}

// OrCreate is like Existing but creates the directory if it does not exist. Buckets must exist.
func OrCreate(ctx context.Context, address string) (objectstore.Store, error) {
	return open(ctx, address, dirstore.Create)
}

func open(ctx context.Context, address string, openDir func(string) (*dirstore.Store, error)) (objectstore.Store,
	error) {
	scheme, _, ok := strings.Cut(address, "://")
	switch {
	case !ok:
		return openDir(address)
	case scheme == "s3":
		return s3store.Open(ctx, address)
	case scheme == "file":
		path, err := filePath(address)
		if err != nil {
			return nil, err
		}
		return openDir(path)
	}
	return nil, fmt.Errorf("%s: this scheme is not supported; use s3://bucket/prefix or the path of a directory",
		address)
}

// filePath returns the path in a file URL.
func filePath(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host != "" || u.Path == "" {
		return "", fmt.Errorf("%s: not of the form file:///path", address)
	}
	path := u.Path
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, "/") // /C:/data
	}
	return filepath.FromSlash(path), nil
}
