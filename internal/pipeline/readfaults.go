package pipeline

import (
	"errors"
	"fmt"

	"ndjson-parquet/convert"
	"ndjson-parquet/internal/objectstore"
)

// readFault returns the error for which an attempt fails because of what it could not read, or nil
// if every file has a verdict of its own.
//
//   - An error about the content or the version of a file is a verdict: the file fails alone.
//   - A store that denied access or was not available says nothing about a file: the attempt fails,
//     and with the last attempt the batch, which can be retried.
//   - Any other error fails the attempt as well, since another one may read the file. In the last
//     attempt it is a verdict if at least half of the batch's files could be read.
func (c *Conversion) readFault(last bool) error {
	var fault error
	unread := 0
	for _, s := range c.Result.Sources {
		switch {
		case s.Err == nil, isVerdict(s.Err):
			continue
		case isSystemFault(s.Err):
			return fmt.Errorf("read %s: %w", s.URI, s.Err)
		}
		unread++
		if fault == nil {
			fault = fmt.Errorf("read %s: %w", s.URI, s.Err)
		}
	}
	if last && 2*unread <= len(c.Result.Sources) {
		return nil
	}
	if unread > 1 {
		return fmt.Errorf("%d of %d files cannot be read: %w", unread, len(c.Result.Sources), fault)
	}
	return fault
}

// isVerdict reports whether a source's error is about the content or the version of its file.
func isVerdict(err error) bool {
	return errors.Is(err, convert.ErrChanged) || errors.Is(err, convert.ErrMissing) ||
		errors.Is(err, convert.ErrTooSlow) || isAboutContent(err)
}

// isAboutContent reports whether an error follows from the content of a file alone.
func isAboutContent(err error) bool {
	for _, known := range []error{
		convert.ErrTooManyRejects, convert.ErrCorrupt, convert.ErrUnsupported, convert.ErrTooLargeDecompressed,
		convert.ErrNotNDJSON,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// isSystemFault reports whether an error says something about a store and nothing about an object.
func isSystemFault(err error) bool {
	return errors.Is(err, objectstore.ErrDenied) || errors.Is(err, objectstore.ErrUnavailable)
}
