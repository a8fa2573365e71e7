// Package convert turns NDJSON into Parquet.
//
// It reads any number of sources, learns one schema from all their rows (or extends a given one), and writes one or
// more Parquet files. A value that does not fit its column is rescued, a line that is not one JSON object is rejected
// with its reason, and nothing is ever lost silently. docs/FORMATS.md states the typing, rescue and rejection rules.
//
// The result is a pure function of the sources' bytes and the options: the same input gives the same bytes, whatever
// the number of CPUs.
package convert

import (
	"context"
	"errors"
	"io"
	"time"

	"ndjson-parquet/convert/internal/source"
	"ndjson-parquet/convert/schema"
)

// A Source is one NDJSON input.
type Source struct {
	// URI names the source in _source_file, in rejected records and in errors.
	URI string
	// Size is the number of bytes Open's reader delivers (before decompression), or -1 if unknown. A source that ends
	// before it, or goes on after it, fails with ErrChanged.
	Size int64
	// Open starts reading from the beginning. It may be called more than once (a conversion whose speculation was
	// wrong reads again) and from several goroutines, and must deliver the same bytes every time. If the reader is also an
	// io.ReaderAt, chunks are read in parallel. An error that wraps ErrChanged or ErrMissing fails this source only.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Compression is "gzip", "zstd", "none", or "" to tell by the URI's extension and the first bytes.
	Compression string
	// AcceptRejected exempts the source from Options.MaxRejectedPercent.
	AcceptRejected bool
}

func (s *Source) file() source.File {
	return source.File{URI: s.URI, Size: s.Size, Compression: s.Compression, Open: s.Open}
}

// Errors of a source that fail that source and not its neighbours.
var (
	ErrChanged = source.ErrChanged
	ErrMissing = source.ErrMissing
	// ErrCorrupt means that the compressed data is damaged or truncated. Any other error of a source is an error of reading,
	// and may be gone the next time.
	ErrCorrupt = source.ErrCorrupt
)

// A Sink receives what a conversion writes. Nothing it was given counts until Convert has returned without error.
// Calls come from one goroutine at a time.
type Sink interface {
	// Part starts output file n (0, 1, …). The converter writes it in order and closes it before it starts the next.
	Part(n int) (io.WriteCloser, error)
	// Rejects returns where rejected records go, one JSON line each (docs/FORMATS.md). It is called at most once
	// between two Resets, and only if there is one.
	Rejects() (io.WriteCloser, error)
	// Reset discards everything received so far: the conversion starts again.
	Reset() error
}

// Options say how to convert. The zero value is usable.
type Options struct {
	// Base holds the published columns, whose types are fixed; new columns are added behind them.
	Base *schema.Schema
	// Compression is the Parquet codec: snappy (default), zstd, gzip or none.
	Compression string
	// ProcessingTime is the value of _processing_timestamp. Zero: the columns _processing_timestamp and _source_file are
	// left out unless SystemColumns says otherwise.
	ProcessingTime time.Time
	// OmitSystemColumns leaves out _processing_timestamp and _source_file. _rescued_data is always written when something was
	// rescued or SystemColumns are on.
	OmitSystemColumns bool
	// MaxRecordBytes is the longest line accepted (default 16 MiB). Longer ones are rejected as too-long.
	MaxRecordBytes int
	// MaxDepth is the deepest nesting accepted (default 128). Deeper records are rejected as too-deep.
	MaxDepth int
	// MaxColumns bounds the leaf columns (default 2,000); what is beyond is rescued.
	MaxColumns int
	// MaxRejectedPercent excludes a source of whose non-blank lines more than this share is rejected (0–100). Zero or
	// 100 means no limit.
	MaxRejectedPercent float64
	// TargetPartBytes starts a new part when the current one has reached about this size (0: one part only).
	TargetPartBytes int64
	// OmitChecksums leaves PartResult.SHA256 empty, which saves some percent of the time.
	OmitChecksums bool
	// Parallelism bounds the goroutines that scan and encode (default GOMAXPROCS).
	Parallelism int
	// Metadata, if set, gives entries for the footer of the last part. It is called once the last row is written, with the
	// result but for its Parts.
	Metadata func(*Result) []MetadataEntry
	// Progress, if set, is called now and then with the input bytes read so far, from any goroutine.
	Progress func(bytes int64)

	spanScale int64 // tests make spans smaller by this factor, so that little input has several
}

// A MetadataEntry is an entry of a Parquet footer's key-value metadata.
type MetadataEntry struct{ Key, Value string }

// A Result tells what a conversion did.
type Result struct {
	Sources []SourceResult // one for each source, in order
	Parts   []PartResult   // none when there are no rows
	Schema  *schema.Schema // Base extended with what was learnt; without the system columns
	New     []schema.Field // the fields or columns this conversion added to Base: top-level columns that are new or got new struct fields, whole
	Counts
	BytesIn  int64 // as stored, before decompression
	BytesOut int64
	Passes   int // 1 unless a speculation was wrong
}

// A SourceResult tells what became of one source. Only those with Err nil have rows in the output.
type SourceResult struct {
	URI string
	Counts
	// Err is nil, or why the source was left out: it wraps ErrChanged, ErrMissing, ErrTooManyRejects or a
	// decompression or read error.
	Err error
}

// ErrTooManyRejects is a source's error when MaxRejectedPercent is exceeded.
var ErrTooManyRejects = errors.New("too many rejected records")

// A PartResult describes one output file.
type PartResult struct {
	Rows   int64
	Bytes  int64
	SHA256 string // hex; empty with Options.OmitChecksums
}
