package localhome

import (
	"context"
	"iter"
	"strings"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/objectstore"
)

// An absentStore stands for a directory that does not exist, so that a view of the ledger needs
// none of the other places. Reading from it reports why.
type absentStore struct {
	place string
	err   error
}

// URI implements objectstore.ReadStore.
func (s absentStore) URI(key string) string { return home.Join(s.place, strings.Split(key, "/")...) }

// Key implements objectstore.ReadStore.
func (s absentStore) Key(string) (string, bool) { return "", false }

// Head implements objectstore.ReadStore.
func (s absentStore) Head(context.Context, string) (objectstore.Object, error) {
	return objectstore.Object{}, s.err
}

// Open implements objectstore.ReadStore.
func (s absentStore) Open(context.Context, objectstore.Object) (objectstore.Reader, error) {
	return nil, s.err
}

// Get implements objectstore.ReadStore.
func (s absentStore) Get(context.Context, string) ([]byte, objectstore.Object, error) {
	return nil, objectstore.Object{}, s.err
}

// List implements objectstore.ReadStore.
func (s absentStore) List(context.Context, string, string) iter.Seq2[objectstore.Object, error] {
	return func(yield func(objectstore.Object, error) bool) { yield(objectstore.Object{}, s.err) }
}
