package convert

import (
	"io"
	"os"

	"ndjson-parquet/internal/nameless"
)

// A ScratchFile is a temporary file. A conversion writes it from start to end, then reads it, and
// closes it when the content is no longer needed. Close must delete the content.
type ScratchFile interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// createTempFile creates a file in the system's directory for temporary files. It does not outlive
// the process where the system allows that.
func createTempFile() (ScratchFile, error) {
	f, err := nameless.Create(os.TempDir())
	if err != nil {
		return nil, err
	}
	return tempFile{f}, nil
}

type tempFile struct{ *os.File }

// Close implements ScratchFile.
func (f tempFile) Close() error { return nameless.Close(f.File) }
