package source

import "errors"

// Errors of an input.
var (
	ErrChanged = errors.New("the file changed while it was being read")
	ErrMissing = errors.New("the file is gone")
	ErrCorrupt = errors.New("the compressed data is damaged or truncated")
)
