package localhome

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// freeSpace returns how many bytes this user can still write at path, and what identifies its file
// system.
func freeSpace(path string) (free uint64, id string, err error) {
	name, err := windows.UTF16PtrFromString(path)
	if err == nil {
		err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	}
	if err != nil {
		return 0, "", fmt.Errorf("free space of %s: %w", path, err)
	}
	return free, filepath.VolumeName(path), nil
}
