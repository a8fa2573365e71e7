package pipeline

import (
	"slices"

	"ndjson-parquet/internal/objectstore"
)

// A Reader reads what a pipeline has recorded and published, and changes nothing. It is safe for
// concurrent use. NewReader makes one; every Pipeline has one.
type Reader struct {
	Ledger                        LedgerReader
	Manifests, Output, Quarantine objectstore.ReadStore
}

// NewReader returns a Reader. It reports ports that are missing.
func NewReader(ledger LedgerReader, manifests, output, quarantine objectstore.ReadStore) (*Reader, error) {
	if ledger == nil {
		return nil, missingPorts([]string{"Ledger"})
	}
	if slices.Contains([]objectstore.ReadStore{manifests, output, quarantine}, nil) {
		return nil, missingPorts([]string{"Manifests", "Output", "Quarantine"})
	}
	return &Reader{Ledger: ledger, Manifests: manifests, Output: output, Quarantine: quarantine}, nil
}

// ManifestPath is the address of a batch's manifest.
func (r *Reader) ManifestPath(id BatchID) string { return r.Manifests.URI(ManifestKey(id)) }

// SchemaLog is the schema log of the pipeline's dataset.
func (r *Reader) SchemaLog() SchemaLog { return SchemaLog{r.Manifests} }
