package pipeline

import (
	"fmt"
	"time"

	"ndjson-parquet/convert"
)

// Config holds the settings of the core. Package settings declares their flags, environment
// variables and documentation.
type Config struct {
	MaxFilesPerManifest     int     // number of files of a full batch
	MinFilesForPartialBatch int     // least number of files of a batch of a closed date
	ExpectedFileSizeMB      float64 // MiB of content; 0: any size
	SizeTolerancePercent    float64
	MaxFileSizeMB           float64 // MiB as stored; limit if no size is expected
	// MaxCompressionRatio is how many times its stored size the content of a compressed file may
	// be, as far as the expected size is concerned; 0 or 1: the stored size counts.
	MaxCompressionRatio float64
	InputExtensions     Extensions
	// DatePattern and DateZone decide the dates of files. They must not change while the ledger has
	// files whose dates would: such a file would be admitted again.
	DatePattern     DatePattern
	DateZone        *time.Location // nil: UTC
	LockTTL         time.Duration  // of the lease on a date
	MaxBatchAge     time.Duration  // how long a pending file waits for a full batch; 0: no limit
	FlushGrace      time.Duration  // time from midnight UTC until the date that ended closes
	OverwritePolicy OverwritePolicy
	MaxAttempts     int           // number of attempts after which a batch fails
	StaleAfter      time.Duration // time without a change after which the sweep repairs a batch
	ListHorizon     time.Duration // age from which listings ignore input; 0: none. Shorter than RowTTL
	RowTTL          time.Duration // lifetime of a ledger row; 0: no limit

	// OwnsInput says that the pipeline may delete from the input: invalid files are moved to
	// quarantine. Otherwise they are copied, and the input is only read.
	OwnsInput bool

	Compression        string // Parquet codec
	MaxRecordBytes     int
	RecordsPath        string // see convert.Options; empty if each line is a record
	MaxZstdWindowMB    int    // MiB
	MaxDepth           int
	MaxColumns         int
	CaseSensitive      bool
	MaxRejectedPercent float64

	// The budgets of a file; 0: no limit. A file that exceeds one is quarantined.
	MaxDecompressedMB     float64       // MiB
	MaxDecompressionRatio float64       // decompressed size by stored size, from 16 MiB on
	MaxRejectedMB         float64       // MiB of rejected records as they are kept
	MaxFileTime           time.Duration // of conversion

	Parallelism int // goroutines of one conversion; 0: all CPUs
}

// DefaultConfig returns the defaults on one machine.
func DefaultConfig() Config {
	return Config{
		MaxFilesPerManifest:     10,
		MinFilesForPartialBatch: 1,
		SizeTolerancePercent:    10,
		MaxFileSizeMB:           102_400,
		MaxCompressionRatio:     30,
		InputExtensions:         DefaultExtensions(),
		LockTTL:                 300 * time.Second,
		FlushGrace:              300 * time.Second,
		OverwritePolicy:         OverwriteQuarantine,
		MaxAttempts:             5,
		StaleAfter:              60 * time.Second,
		Compression:             "snappy",
		MaxRecordBytes:          convert.DefaultMaxRecordBytes,
		MaxZstdWindowMB:         convert.DefaultMaxZstdWindow >> 20,
		MaxDepth:                convert.DefaultMaxDepth,
		MaxColumns:              convert.DefaultMaxColumns,
		MaxRejectedPercent:      100,
		MaxDecompressedMB:       10_240,
		MaxDecompressionRatio:   250,
		MaxRejectedMB:           256,
	}
}

// Validate reports settings that contradict each other.
func (c Config) Validate() error {
	switch c.OverwritePolicy {
	case OverwriteQuarantine, OverwriteAppend, OverwriteIgnore:
	default:
		return fmt.Errorf("OVERWRITE_POLICY %q: expected quarantine, append or ignore", c.OverwritePolicy)
	}
	if _, err := convert.ParseCompression(c.Compression); err != nil {
		return err
	}
	if c.MaxFilesPerManifest < 1 {
		return fmt.Errorf("MAX_FILES_PER_MANIFEST %d: expected at least 1", c.MaxFilesPerManifest)
	}
	if c.RowTTL > 0 && (c.ListHorizon == 0 || c.ListHorizon >= c.RowTTL) {
		return fmt.Errorf(
			"ROW_TTL_DAYS needs a shorter LIST_HORIZON_DAYS: a listing would admit again a file whose row has expired")
	}
	return nil
}
