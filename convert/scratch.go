package convert

import (
	"errors"
	"io"
	"os"
)

// A ScratchFile is a temporary file. A conversion writes it from start to end, then reads it, and
// closes it when its content is no longer needed. Close must delete the content.
type ScratchFile interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// createTempFile creates a file in the system's directory for temporary files. Its name is removed
// at once where the system allows that, so that the file does not outlive the process.
func createTempFile() (ScratchFile, error) {
	f, err := os.CreateTemp("", "ndjson-parquet-*.tmp")
	if err != nil {
		return nil, err
	}
	if os.Remove(f.Name()) == nil {
		return f, nil
	}
	return namedFile{f}, nil
}

// A namedFile is removed when it is closed.
type namedFile struct{ *os.File }

func (f namedFile) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }
