package memoryledger_test

import (
	"testing"

	"ndjson-parquet/internal/ledger/ledgertest"
	"ndjson-parquet/internal/ledger/memoryledger"
	"ndjson-parquet/internal/pipeline"
)

func TestContract(t *testing.T) {
	ledgertest.Run(t, ledgertest.Backend{Open: func(testing.TB) pipeline.Ledger { return memoryledger.New() }})
}
