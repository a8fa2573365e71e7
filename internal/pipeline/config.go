package pipeline

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ndjson-parquet/convert"
)

// Config holds the settings of the core. DefaultConfig and ConfigFromEnv make one.
type Config struct {
	MaxFilesPerManifest     int     // number of files of a full batch
	MinFilesForPartialBatch int     // least number of files of a batch of a closed date
	ExpectedFileSizeMB      float64 // MiB; 0: any size
	SizeTolerancePercent    float64
	MaxFileSizeMB           float64       // MiB; limit if no size is expected
	LockTTL                 time.Duration // of the lease on a date
	MaxBatchAge             time.Duration // how long a pending file waits for a full batch; 0: no limit
	FlushGrace              time.Duration // time from midnight UTC until the date that ended closes
	OverwritePolicy         OverwritePolicy
	MaxAttempts             int           // number of attempts after which a batch fails
	StaleAfter              time.Duration // time without a change after which the sweep repairs a batch
	ListHorizon             time.Duration // age from which listings ignore input; 0: none. Shorter than RowTTL
	RowTTL                  time.Duration // lifetime of a ledger row; 0: no limit

	// OwnsInput says that the pipeline may delete from the input: invalid files are moved to
	// quarantine. Otherwise they are copied, and the input is only read.
	OwnsInput bool

	Compression        string // Parquet codec
	MaxRecordBytes     int
	MaxDepth           int
	MaxColumns         int
	MaxRejectedPercent float64
	Parallelism        int // goroutines of one conversion; 0: all CPUs
}

// DefaultConfig returns the defaults on one machine.
func DefaultConfig() Config {
	return Config{
		MaxFilesPerManifest:     10,
		MinFilesForPartialBatch: 1,
		SizeTolerancePercent:    10,
		MaxFileSizeMB:           102_400,
		LockTTL:                 300 * time.Second,
		FlushGrace:              300 * time.Second,
		OverwritePolicy:         OverwriteQuarantine,
		MaxAttempts:             5,
		StaleAfter:              60 * time.Second,
		Compression:             "snappy",
		MaxRecordBytes:          convert.DefaultMaxRecordBytes,
		MaxDepth:                convert.DefaultMaxDepth,
		MaxColumns:              convert.DefaultMaxColumns,
		MaxRejectedPercent:      100,
	}
}

// ConfigFromEnv returns c with the settings of those environment variables that are set.
func ConfigFromEnv(c Config, getenv func(string) string) (Config, error) {
	var errs []string
	num := func(name string, least float64, set func(float64)) {
		s := strings.TrimSpace(getenv(name))
		if s == "" {
			return
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil || v < least {
			errs = append(errs, fmt.Sprintf("%s=%q: expected a number of at least %v", name, s, least))
			return
		}
		set(v)
	}
	seconds := func(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }
	num("MAX_FILES_PER_MANIFEST", 1, func(v float64) { c.MaxFilesPerManifest = int(v) })
	num("MIN_FILES_FOR_PARTIAL_BATCH", 1, func(v float64) { c.MinFilesForPartialBatch = int(v) })
	num("EXPECTED_FILE_SIZE_MB", 0, func(v float64) { c.ExpectedFileSizeMB = v })
	num("SIZE_TOLERANCE_PERCENT", 0, func(v float64) { c.SizeTolerancePercent = v })
	num("MAX_FILE_SIZE_MB", 0, func(v float64) { c.MaxFileSizeMB = v })
	num("LOCK_TTL_SECONDS", 1, func(v float64) { c.LockTTL = seconds(v) })
	num("MAX_BATCH_AGE_SECONDS", 0, func(v float64) { c.MaxBatchAge = seconds(v) })
	num("FLUSH_GRACE_SECONDS", 0, func(v float64) { c.FlushGrace = seconds(v) })
	num("MAX_ATTEMPTS", 1, func(v float64) { c.MaxAttempts = int(v) })
	num("STALE_AFTER_SECONDS", 0, func(v float64) { c.StaleAfter = seconds(v) })
	num("LIST_HORIZON_DAYS", 0, func(v float64) { c.ListHorizon = seconds(v * 86400) })
	num("ROW_TTL_DAYS", 0, func(v float64) { c.RowTTL = seconds(v * 86400) })
	num("MAX_RECORD_BYTES", 1, func(v float64) { c.MaxRecordBytes = int(v) })
	num("MAX_DEPTH", 1, func(v float64) { c.MaxDepth = int(v) })
	num("MAX_COLUMNS", 1, func(v float64) { c.MaxColumns = int(v) })
	num("MAX_REJECTED_PERCENT", 0, func(v float64) { c.MaxRejectedPercent = v })
	if s := getenv("OVERWRITE_POLICY"); s != "" {
		c.OverwritePolicy = OverwritePolicy(strings.ToLower(s))
	}
	if s := getenv("COMPRESSION_TYPE"); s != "" {
		c.Compression = strings.ToLower(s)
	}
	if len(errs) > 0 {
		return c, errors.New(strings.Join(errs, "; "))
	}
	return c, c.Validate()
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
