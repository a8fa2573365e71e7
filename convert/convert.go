// Package convert converts NDJSON to Parquet.
//
// [Convert] reads any number of sources, learns one schema from all their records, or extends a
// given one, and writes one or more Parquet files. [ConvertReader] does the same from one reader to
// one writer. A value that does not fit its column is rescued: it is kept as JSON text in the
// column _rescued_data. A line that is not one JSON object is rejected: it is kept, with the
// reason, in the output of rejected records. docs/FORMATS.md in the module's root states the rules
// for types, rescued values and rejected records.
//
// The output is a function of the sources' bytes, the options and the build of this package. It
// does not depend on the number of CPUs or on timing.
//
// # Importing
//
// This package and [ndjson-parquet/convert/schema] are the module's public packages. The module has
// no hosting address, so the go command cannot download it: its path, ndjson-parquet, is the path
// in its go.mod file and nothing more. Another module imports the package from a copy of the source
// tree, through a replace directive:
//
//	go mod edit -require=ndjson-parquet@v0.0.0 -replace=ndjson-parquet=../ndjson-parquet
//	go mod tidy
//
// or through a workspace, which leaves the other module's go.mod file alone:
//
//	go work init . ../ndjson-parquet
package convert

import (
	"context"
	"errors"
	"io"

	"ndjson-parquet/convert/internal/source"
	"ndjson-parquet/convert/schema"
)

// A Source is one NDJSON input.
type Source struct {
	// URI names the source in the column _source_file, in rejected records and in errors.
	URI string
	// Size is the number of bytes that Open's reader delivers, before decompression; -1 if it is
	// not known. A source that delivers fewer or more bytes fails with ErrChanged.
	Size int64
	// Open starts reading at the beginning. It may be called several times, because a conversion
	// that expected another schema reads again, and from several goroutines. It must deliver the
	// same bytes each time. A reader that implements io.ReaderAt is read in parallel if Size is
	// known. An error of Open or of the reader fails this source only.
	Open func(ctx context.Context) (io.ReadCloser, error)
	// Compression is "gzip", "zstd", "lz4", "bzip2", "xz", "snappy" (framed) or "none". If it is
	// empty, the first bytes decide, and the extension of the URI if there are too few.
	Compression string
	// AcceptRejected exempts the source from Options.MaxRejectedPercent, from the budgets and from
	// ErrNotNDJSON.
	AcceptRejected bool
}

func (s *Source) file(o *Options) source.File {
	return source.File{URI: s.URI, Size: s.Size, Compression: s.Compression, ZstdWindow: o.MaxZstdWindow,
		Records: o.records, Open: s.Open}
}

// Errors that SourceResult.Err wraps. Any other error of a source is an error of reading it, which
// may succeed at the next attempt.
var (
	// ErrChanged means that the source is not the one that was expected: its size differs, or Open
	// or its reader returned an error that wraps ErrChanged.
	ErrChanged = source.ErrChanged
	// ErrMissing is for Open to wrap if the source does not exist.
	ErrMissing = source.ErrMissing
	// ErrCorrupt means that the compressed data is damaged or truncated.
	ErrCorrupt = source.ErrCorrupt
	// ErrUnsupported means that the compression cannot be read, or not as Options allow it.
	ErrUnsupported = source.ErrUnsupported
	// ErrTooManyRejects means that the source exceeds Options.MaxRejectedPercent.
	ErrTooManyRejects = errors.New("too many rejected records")
	// ErrNotNDJSON means that the source has lines and no line is a JSON object, or that it has
	// documents and none has records at Options.RecordsPath. The error's text says what the source
	// probably is, and what to do.
	ErrNotNDJSON = errors.New("no line is a JSON object")
)

// A Sink receives the output of a conversion. The output is complete and valid only after Convert
// has returned without an error. Convert makes one call at a time.
type Sink interface {
	// Part creates output file n, counted from 0. Each file is written in order and closed before
	// the next one is created.
	Part(n int) (io.WriteCloser, error)
	// Rejects creates the output of rejected records, one JSON object a line as docs/FORMATS.md
	// describes it. It is called at most once between two Resets, and only if a record is rejected.
	Rejects() (io.WriteCloser, error)
	// Reset discards everything received so far. The conversion then writes again from the start.
	Reset() error
}

// A Result describes a finished conversion.
type Result struct {
	// Sources has one result for each source, in the order of the sources.
	Sources []SourceResult
	// Parts has one result for each output file. It is empty if there are no rows.
	Parts []PartResult
	// Schema is Options.Base extended with the columns and fields that were learnt. It does not
	// include the system columns.
	Schema *schema.Schema
	// New has the columns of Schema that are not in Options.Base, or that have more struct fields
	// there.
	New []schema.Field
	// Counts is the sum over the sources without an error.
	Counts
	// Oddities has what was unusual in the sources without an error, sorted by kind and column.
	Oddities []Oddity
	// BytesIn is the size of the sources without an error, before decompression. Sources of unknown
	// size count as 0.
	BytesIn int64
	// BytesOut is the size of the parts.
	BytesOut int64
	// Passes is how often the sources were read: more than once if output had to be written again.
	Passes int
}

// A SourceResult describes what a conversion did with a source.
type SourceResult struct {
	URI string
	// Counts is zero if Err is not nil: none of the source's rows and rejected records are in the
	// output.
	Counts
	// Err is nil, or the reason why the source was left out.
	Err error
}

// A PartResult describes an output file.
type PartResult struct {
	Rows   int64
	Bytes  int64
	SHA256 string // of the file, in hexadecimal; empty with Options.OmitChecksums
}
