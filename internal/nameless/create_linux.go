package nameless

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Create creates a file in dir that never has a name, if the file system can, and otherwise a file
// whose name is removed at once.
func Create(dir string) (*os.File, error) {
	if f, err := open(dir, unix.O_EXCL); err == nil {
		return f, nil
	}
	return createUnlinked(dir)
}

// open opens a new file in dir that has no name. With the flag O_EXCL it can never get one.
func open(dir string, flags int) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC|flags, 0o600)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), filepath.Join(dir, Pattern)), nil
}
