package memory_test

import (
	"testing"

	"ndjson-parquet/ledger/ledgertest"
	"ndjson-parquet/ledger/memory"
	"ndjson-parquet/pipeline"
)

func TestContract(t *testing.T) {
	ledgertest.Run(t, ledgertest.Backend{Open: func(testing.TB) pipeline.Ledger { return memory.New() }})
}
