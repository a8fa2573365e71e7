package convert

import (
	"fmt"
	"runtime"

	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/schema"
)

// maxRecordBytes is the largest MaxRecordBytes: positions in a record have 32 bits.
const maxRecordBytes = 1 << 30

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	for value, standard := range map[*int]int{
		&o.MaxRecordBytes: 16 << 20,
		&o.MaxDepth:       128,
		&o.MaxColumns:     2000,
		&o.Parallelism:    runtime.GOMAXPROCS(0),
	} {
		if *value <= 0 {
			*value = standard
		}
	}
	o.MaxRecordBytes = min(o.MaxRecordBytes, maxRecordBytes)
	o.spanScale = max(o.spanScale, 1)
	if o.Base == nil {
		o.Base = &schema.Schema{}
	}
	return o
}

// systemColumns reports whether _processing_timestamp and _source_file are written.
func (o *Options) systemColumns() bool { return !o.OmitSystemColumns && !o.ProcessingTime.IsZero() }

// codec translates Options.Compression.
func (o *Options) codec() (parquetfile.Codec, error) {
	switch o.Compression {
	case "", "snappy":
		return parquetfile.Snappy, nil
	case "zstd":
		return parquetfile.Zstd, nil
	case "gzip":
		return parquetfile.Gzip, nil
	case "none":
		return parquetfile.Uncompressed, nil
	}
	return 0, fmt.Errorf("unknown compression %q (known: snappy, zstd, gzip, none)", o.Compression)
}
