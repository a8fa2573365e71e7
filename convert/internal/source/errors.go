package source

import "errors"

// Errors of an input.
var (
	ErrChanged = errors.New("the file changed while it was being read")
	ErrMissing = errors.New("the file is gone")
	ErrCorrupt = errors.New("the compressed data is damaged or truncated")
	// ErrUnsupported means that the compression cannot be read as it is configured.
	ErrUnsupported = errors.New("the compression is not supported")
	// ErrNoRecords means that no document has records at the records path.
	ErrNoRecords = errors.New("there are no records")
	// ErrRunsOn means that a line that begins in a range is divided beyond the end of the range.
	// The input must be read as a stream.
	ErrRunsOn = errors.New("a line runs on beyond its range")
)
