//go:build unix

package scratch

import (
	"errors"
	"os"
)

// createUnlinked creates a file in dir and removes its name. The file lives until it is closed.
func createUnlinked(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, filePattern)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func closeNameless(f *os.File) error { return f.Close() }
