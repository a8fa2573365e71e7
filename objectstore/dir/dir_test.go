package dir_test

import (
	"testing"

	"ndjson-parquet/objectstore"
	"ndjson-parquet/objectstore/dir"
	"ndjson-parquet/objectstore/objectstoretest"
)

func open(t *testing.T, path string) *dir.Store {
	t.Helper()
	s, err := dir.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestContract(t *testing.T) {
	objectstoretest.Run(t, func(t *testing.T) objectstore.Store { return open(t, t.TempDir()) })
}
