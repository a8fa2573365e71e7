package memorystore_test

import (
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/memorystore"
	"ndjson-parquet/internal/objectstore/objectstoretest"
)

func TestContract(t *testing.T) {
	objectstoretest.Run(t, func(*testing.T) objectstore.Store { return memorystore.New("test", nil) })
}
