//go:build !unix && !windows

package nameless

import (
	"errors"
	"os"
)

// Create creates a file in dir whose name stays until it is closed.
func Create(dir string) (*os.File, error) { return os.CreateTemp(dir, Pattern) }

// Close closes a file of Create and deletes its content.
func Close(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
