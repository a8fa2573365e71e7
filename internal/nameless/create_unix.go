//go:build unix

package nameless

import (
	"errors"
	"os"
)

// createUnlinked creates a file in dir and removes its name. The file lives until it is closed.
func createUnlinked(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, Pattern)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close closes a file of Create and deletes its content.
func Close(f *os.File) error { return f.Close() }
