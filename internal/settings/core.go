package settings

import (
	"errors"
	"time"

	"ndjson-parquet/convert"
	"ndjson-parquet/internal/pipeline"
)

// Compressions are the names of the codecs of the output. The synonyms that
// convert.ParseCompression takes are accepted too.
var Compressions = []string{
	convert.Snappy.String(), convert.Zstd.String(), convert.Gzip.String(), convert.Uncompressed.String(),
}

var overwritePolicies = []string{
	string(pipeline.OverwriteQuarantine), string(pipeline.OverwriteAppend), string(pipeline.OverwriteIgnore),
}

// Core are the settings of the core.
var Core = []Setting{
	{
		Flag: "max-files-per-manifest", Variable: "MAX_FILES_PER_MANIFEST", Unit: "files", Doc: "size of a full batch",
		kind: whole(1, func(c *pipeline.Config) *int { return &c.MaxFilesPerManifest }),
	},
	{
		Flag: "min-files-for-partial-batch", Variable: "MIN_FILES_FOR_PARTIAL_BATCH", Unit: "files",
		Doc:  "smallest batch of an earlier date",
		kind: whole(1, func(c *pipeline.Config) *int { return &c.MinFilesForPartialBatch }),
	},
	{
		Flag: "expected-file-size-mb", Variable: "EXPECTED_FILE_SIZE_MB", Unit: "MiB",
		Doc:  "expected size of a file; 0 accepts any size",
		kind: number(func(c *pipeline.Config) *float64 { return &c.ExpectedFileSizeMB }),
	},
	{
		Flag: "size-tolerance-percent", Variable: "SIZE_TOLERANCE_PERCENT", Unit: "percent",
		Doc:  "accepted deviation from the expected size",
		kind: number(func(c *pipeline.Config) *float64 { return &c.SizeTolerancePercent }),
	},
	{
		Flag: "max-file-size-mb", Variable: "MAX_FILE_SIZE_MB", Unit: "MiB",
		Doc:  "largest file accepted if no size is expected",
		kind: number(func(c *pipeline.Config) *float64 { return &c.MaxFileSizeMB }),
	},
	{
		Flag: "max-compression-ratio", Variable: "MAX_COMPRESSION_RATIO",
		Doc: "how many times its stored size the content of a compressed file may be; it is refused if no " +
			"such size is " +
			"expected",
		kind: number(func(c *pipeline.Config) *float64 { return &c.MaxCompressionRatio }),
	},
	{
		Flag: "input-extensions", Variable: "INPUT_EXTENSIONS",
		Doc: "extensions of input files, in any case, each also compressed (.gz, .zst); * accepts every name",
		kind: parsed("a list such as .ndjson,.jsonl or *",
			func(c *pipeline.Config) *pipeline.Extensions { return &c.InputExtensions }, pipeline.ParseExtensions),
	},
	{
		Flag: "date-pattern", Variable: "DATE_PATTERN",
		Doc: "where the date of a file is: a pattern such as {yyyy}/{mm}/{dd}/ or dt={date}/ over the key, modified, " +
			"or a fixed date; see docs/FORMATS.md",
		kind: parsed("a pattern such as {date} or {yyyy}/{mm}/{dd}/, modified, or a date",
			func(c *pipeline.Config) *pipeline.DatePattern { return &c.DatePattern }, pipeline.ParseDatePattern),
	},
	{
		Flag: "date-timezone", Variable: "DATE_TIMEZONE",
		Doc:  "time zone in which a date begins and ends, as an IANA name such as Europe/Berlin",
		kind: zone(func(c *pipeline.Config) **time.Location { return &c.DateZone }),
	},
	{
		Flag: "lock-ttl-seconds", Variable: "LOCK_TTL_SECONDS", Unit: "seconds", Doc: "life of the lock on a date",
		kind: duration(time.Second, 1, func(c *pipeline.Config) *time.Duration { return &c.LockTTL }),
	},
	{
		Flag: "max-batch-age-seconds", Variable: "MAX_BATCH_AGE_SECONDS", Unit: "seconds",
		Doc:  "longest wait of today's files for a full batch; 0 waits until the day is over",
		kind: duration(time.Second, 0, func(c *pipeline.Config) *time.Duration { return &c.MaxBatchAge }),
	},
	{
		Flag: "flush-grace-seconds", Variable: "FLUSH_GRACE_SECONDS", Unit: "seconds",
		Doc:  "time after a date's end, midnight in DATE_TIMEZONE, before the date is flushed",
		kind: duration(time.Second, 0, func(c *pipeline.Config) *time.Duration { return &c.FlushGrace }),
	},
	{
		Flag: "overwrite-policy", Variable: "OVERWRITE_POLICY",
		Doc:     "what happens to a new version of a file that was claimed already",
		Choices: overwritePolicies,
		kind: choice(overwritePolicies, func(c *pipeline.Config) *pipeline.OverwritePolicy {
			return &c.OverwritePolicy
		}),
	},
	{
		Flag: "max-attempts", Variable: "MAX_ATTEMPTS", Unit: "executions", Doc: "attempts at a batch before it fails",
		kind: whole(1, func(c *pipeline.Config) *int { return &c.MaxAttempts }),
	},
	{
		Flag: "stale-after-seconds", Variable: "STALE_AFTER_SECONDS", Unit: "seconds",
		Doc:  "time without progress after which the sweep examines a batch",
		kind: duration(time.Second, 0, func(c *pipeline.Config) *time.Duration { return &c.StaleAfter }),
	},
	{
		Flag: "max-record-bytes", Variable: "MAX_RECORD_BYTES", Unit: "bytes", Doc: "longest record accepted",
		kind: whole(1, func(c *pipeline.Config) *int { return &c.MaxRecordBytes }),
	},
	{
		Flag: "records-path", Variable: "RECORDS_PATH",
		Doc: "JSON pointer to the records in documents that may take many lines: /Records, or # for a file that is " +
			"an array or an object; empty reads each line as a record",
		kind: recordsPath(func(c *pipeline.Config) *string { return &c.RecordsPath }),
	},
	{
		Flag: "max-zstd-window-mb", Variable: "MAX_ZSTD_WINDOW_MB", Unit: "MiB",
		Doc:  "largest window of zstd data, and memory for it, up to 2048",
		kind: whole(1, func(c *pipeline.Config) *int { return &c.MaxZstdWindowMB }),
	},
	{
		Flag: "max-depth", Variable: "MAX_DEPTH", Unit: "levels", Doc: "deepest nesting accepted",
		kind: whole(1, func(c *pipeline.Config) *int { return &c.MaxDepth }),
	},
	{
		Flag: "max-columns", Variable: "MAX_COLUMNS", Unit: "columns",
		Doc:  "largest number of columns; values of further ones are rescued",
		kind: whole(1, func(c *pipeline.Config) *int { return &c.MaxColumns }),
	},
	{
		Flag: "case-sensitive", Variable: "CASE_SENSITIVE", Choices: booleans,
		Doc:  "whether only the exact name of a key fills a column, and others that differ in case are rescued",
		kind: boolean(func(c *pipeline.Config) *bool { return &c.CaseSensitive }),
	},
	{
		Flag: "max-rejected-percent", Variable: "MAX_REJECTED_PERCENT", Unit: "percent",
		Doc:  "share of rejected lines above which a file is quarantined as a whole; 100 never does",
		kind: number(func(c *pipeline.Config) *float64 { return &c.MaxRejectedPercent }),
	},
	{
		Flag: "max-decompressed-mb", Variable: "MAX_DECOMPRESSED_MB", Unit: "MiB",
		Doc:  "decompressed size above which a file is quarantined; 0 is no limit",
		kind: number(func(c *pipeline.Config) *float64 { return &c.MaxDecompressedMB }),
	},
	{
		Flag: "max-decompression-ratio", Variable: "MAX_DECOMPRESSION_RATIO",
		Doc:  "decompressed size by stored size above which a file is quarantined, from 16 MiB on; 0 is no limit",
		kind: number(func(c *pipeline.Config) *float64 { return &c.MaxDecompressionRatio }),
	},
	{
		Flag: "max-rejected-mb", Variable: "MAX_REJECTED_MB", Unit: "MiB",
		Doc:  "size of the rejected records of a file above which it is quarantined as a whole; 0 is no limit",
		kind: number(func(c *pipeline.Config) *float64 { return &c.MaxRejectedMB }),
	},
	{
		Flag: "max-file-seconds", Variable: "MAX_FILE_SECONDS", Unit: "seconds",
		Doc:  "time of conversion above which a file is quarantined; 0 is no limit",
		kind: duration(time.Second, 0, func(c *pipeline.Config) *time.Duration { return &c.MaxFileTime }),
	},
	{
		Flag: "compression", Variable: "COMPRESSION_TYPE", Doc: "codec of the output", Choices: Compressions,
		kind: codec(func(c *pipeline.Config) *string { return &c.Compression }),
	},
	{
		Variable: "LIST_HORIZON_DAYS", Unit: "days",
		Doc:  "age above which listed input is ignored; 0 never ignores any",
		kind: duration(24*time.Hour, 0, func(c *pipeline.Config) *time.Duration { return &c.ListHorizon }),
	},
	{
		Variable: "ROW_TTL_DAYS", Unit: "days", Doc: "life of a row of the ledger, longer than LIST_HORIZON_DAYS; 0 " +
			"is for ever",
		kind: duration(24*time.Hour, 0, func(c *pipeline.Config) *time.Duration { return &c.RowTTL }),
	},
}

// AWS returns the configuration of the functions on AWS when nothing is set: that of the original
// design where it states one.
func AWS() pipeline.Config {
	c := pipeline.DefaultConfig()
	c.ExpectedFileSizeMB = 3.5
	c.OwnsInput = true
	c.RowTTL = 90 * 24 * time.Hour
	c.ListHorizon = 30 * 24 * time.Hour
	c.StaleAfter = 5 * time.Minute
	c.MaxAttempts = 4
	return c
}

// A Lookup returns the text of a setting, and where it is from: "--max-depth", or "MAX_DEPTH". An
// empty text is not set.
type Lookup func(Setting) (text, source string)

// Env looks settings up in environment variables.
func Env(getenv func(string) string) Lookup {
	return func(s Setting) (text, source string) { return getenv(s.Variable), s.Variable }
}

// Config returns base with the settings that lookup finds. It reports every setting that is not
// valid.
func Config(base pipeline.Config, lookup Lookup) (pipeline.Config, error) {
	var errs []error
	for _, s := range Core {
		text, source := lookup(s)
		if text == "" {
			continue
		}
		errs = append(errs, s.Set(&base, source, text))
	}
	if err := errors.Join(errs...); err != nil {
		return base, err
	}
	return base, base.Validate()
}

// ByVariable returns the setting with the given environment variable. It panics if there is none.
func ByVariable(variable string) Setting {
	for _, s := range Core {
		if s.Variable == variable {
			return s
		}
	}
	panic("no setting " + variable)
}
