package convert

import (
	"runtime"
	"time"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
	"ndjson-parquet/convert/schema"
)

// Options configure a conversion. The zero value is valid.
type Options struct {
	// Base has the published columns. Their types are fixed; columns and struct fields that are
	// learnt follow them.
	Base *schema.Schema
	// Compression is the codec of the Parquet pages.
	Compression Compression
	// ProcessingTime is the value of the column _processing_timestamp in every row, to the
	// microsecond. If it is zero, the columns _processing_timestamp and _source_file are left out.
	ProcessingTime time.Time
	// OmitSystemColumns leaves out _processing_timestamp and _source_file although ProcessingTime
	// is set.
	//
	// Without those two columns, _rescued_data is left out as well if no value was rescued, unless
	// TargetPartBytes is set or there is no other column.
	OmitSystemColumns bool
	// MaxRecordBytes is the length of the longest record that is accepted, in bytes without the
	// newline; 0 means DefaultMaxRecordBytes, and the most is 1 GiB. Longer records are rejected as
	// too-long. A line with several records may be longer.
	MaxRecordBytes int
	// RecordsPath, if it is set, says that the sources are JSON documents, which may take many
	// lines, and where the records are in each: a JSON pointer (RFC 6901) to an array whose
	// elements are the records, such as "/Records", or to one object. It may have the form of a URI
	// fragment: "#" is the whole document, an array of records or a record. Convert reads such
	// sources as streams.
	RecordsPath string
	// MaxZstdWindow is the largest window of zstd data that is accepted, in bytes, and the memory
	// that one source may need for it; 0 means DefaultMaxZstdWindow, and the most is 2 GiB. Data
	// that declares a larger window is read as long as it does not refer back farther than this.
	MaxZstdWindow int64
	// MaxDepth is the deepest nesting of objects and arrays that is accepted; 0 means
	// DefaultMaxDepth. Records that are nested deeper are rejected as too-deep.
	MaxDepth int
	// CaseSensitive keeps names apart that differ only in case: only the exact name fills a column,
	// and values of other spellings are rescued. By default a key fills the column whose name it
	// equals except for case, unless its object has the exact name as well.
	CaseSensitive bool
	// MaxColumns limits the leaf columns; 0 means DefaultMaxColumns. Values for which no column is
	// left are rescued.
	MaxColumns int
	// MaxRejectedPercent is a share of a source's lines that are not blank, from 0 to 100. A source
	// of which more is rejected fails with ErrTooManyRejects. 0 and 100 mean no limit.
	MaxRejectedPercent float64
	// The budgets of a source; 0 means no limit. A source that exceeds one fails:
	//   - MaxDecompressedBytes, or MaxDecompressionRatio times its size, with
	//     ErrTooLargeDecompressed. The ratio applies from 16 MiB of decompressed data on.
	//   - MaxRejectedBytes, the size of its rejected records as they are written, with
	//     ErrTooManyRejects.
	//   - MaxSourceTime, the time that workers spend on it, with ErrTooSlow. Whether a source fails
	//     then depends on the machine.
	MaxDecompressedBytes  int64
	MaxDecompressionRatio float64
	MaxRejectedBytes      int64
	MaxSourceTime         time.Duration
	// TargetPartBytes starts another part when the current one has about this size, in bytes. 0
	// means one part only.
	TargetPartBytes int64
	// OmitChecksums leaves PartResult.SHA256 empty, which saves a few percent of the time.
	OmitChecksums bool
	// Parallelism limits the goroutines that scan and encode; 0 means GOMAXPROCS.
	Parallelism int
	// Metadata, if it is set, returns entries for the footer of the last part. It is called after
	// the last row has been written, with the result except for its Parts and BytesOut.
	Metadata func(*Result) []MetadataEntry
	// EmptyPart, if it is set, is called with the result of a conversion without rows and reports
	// whether to write a part nevertheless. By default there is none.
	EmptyPart func(*Result) bool
	// Progress, if it is set, is called from time to time with the number of input bytes read so
	// far, before decompression. It must be safe for concurrent use.
	Progress func(bytes int64)
	// Scratch, if it is set, creates the temporary files of the conversion. By default they are in
	// the system's directory for temporary files.
	Scratch func() (ScratchFile, error)

	records   *source.RecordsPath // parsed RecordsPath
	spanScale int64               // divides the size of spans, so that small test inputs have several; 0 means 1
}

// A MetadataEntry is an entry of the key-value metadata in a Parquet footer.
type MetadataEntry struct{ Key, Value string }

// The limits that apply where Options has 0.
const (
	DefaultMaxRecordBytes = 16 << 20
	DefaultMaxZstdWindow  = source.DefaultZstdWindow
	DefaultMaxDepth       = 128
	DefaultMaxColumns     = 2000
)

// largestRecordBytes is the upper bound of MaxRecordBytes: positions in a record have 32 bits.
const largestRecordBytes = 1 << 30

// ValidateRecordsPath reports whether text is valid for Options.RecordsPath.
func ValidateRecordsPath(text string) error {
	_, err := source.ParseRecordsPath(text)
	return err
}

// withDefaults returns the options with every unset one filled in.
func (o Options) withDefaults() Options {
	o.MaxRecordBytes = min(positiveOr(o.MaxRecordBytes, DefaultMaxRecordBytes), largestRecordBytes)
	o.MaxDepth = positiveOr(o.MaxDepth, DefaultMaxDepth)
	o.MaxColumns = positiveOr(o.MaxColumns, DefaultMaxColumns)
	o.Parallelism = positiveOr(o.Parallelism, runtime.GOMAXPROCS(0))
	o.spanScale = max(o.spanScale, 1)
	if o.Base == nil {
		o.Base = &schema.Schema{}
	}
	if o.Scratch == nil {
		o.Scratch = createTempFile
	}
	return o
}

// positiveOr returns v if it is positive, and otherwise byDefault.
func positiveOr(v, byDefault int) int {
	if v > 0 {
		return v
	}
	return byDefault
}

// systemColumns reports whether _processing_timestamp and _source_file are written.
func (o *Options) systemColumns() bool { return !o.OmitSystemColumns && !o.ProcessingTime.IsZero() }

// limits returns the limits of a recorder.
func (o *Options) limits() scan.Limits {
	return scan.Limits{Depth: o.MaxDepth, Columns: o.MaxColumns, LineBytes: o.MaxRecordBytes,
		CaseSensitive: o.CaseSensitive}
}

// lineLimits returns the sizes for readers of lines.
func (o *Options) lineLimits() source.Limits {
	return source.Limits{Record: o.MaxRecordBytes, Scale: int(o.spanScale)}
}

// newEvidence returns evidence of whole records.
func (o *Options) newEvidence() *infer.Evidence {
	l := o.limits()
	return l.NewEvidence()
}
