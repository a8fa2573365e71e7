//go:build !unix && !windows

package scratch

import (
	"errors"
	"os"
)

// createNameless creates a file whose name stays until it is closed.
func createNameless(dir string) (*os.File, error) { return os.CreateTemp(dir, filePattern) }

func closeNameless(f *os.File) error { return errors.Join(f.Close(), os.Remove(f.Name())) }
