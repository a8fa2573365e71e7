//go:build unix && !openbsd && !netbsd && !solaris

package localhome

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// freeSpace returns how many bytes this user can still write at path, and what identifies its file
// system.
func freeSpace(path string) (free uint64, id string, err error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, "", fmt.Errorf("free space of %s: %w", path, err)
	}
	free = uint64(s.Bavail) * uint64(s.Bsize) //nolint:unconvert // the types differ between systems
	return free, fmt.Sprint(s.Fsid), nil
}
