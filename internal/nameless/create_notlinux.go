//go:build unix && !linux

package nameless

import "os"

// Create creates a file in dir and removes its name.
func Create(dir string) (*os.File, error) { return createUnlinked(dir) }
