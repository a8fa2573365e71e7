package sqlite

import (
	"path/filepath"
	"testing"

	"ndjson-parquet/ledger/ledgertest"
	"ndjson-parquet/pipeline"
)

func TestContract(t *testing.T) {
	ledgertest.Run(t, ledgertest.Backend{Open: func(t testing.TB) pipeline.Ledger { return openNew(t) }})
}

func openNew(t testing.TB) *Ledger {
	t.Helper()
	l, err := Open(filepath.Join(t.TempDir(), "tracking.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}
