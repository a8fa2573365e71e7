//go:build !windows

package dirstore

import (
	"errors"
	"path/filepath"
)

// syncFolder makes the names in a directory durable.
func (s *Store) syncFolder(folder string) error {
	f, err := s.root.Open(filepath.FromSlash(folder))
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
