//go:build unix && !linux

package scratch

import "os"

func createNameless(dir string) (*os.File, error) { return createUnlinked(dir) }
