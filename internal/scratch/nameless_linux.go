package scratch

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// createNameless creates a file in dir that never has a name, if the file system can; otherwise one
// whose name is removed at once.
func createNameless(dir string) (*os.File, error) {
	if f, err := openNameless(dir, unix.O_EXCL); err == nil {
		return f, nil
	}
	return createUnlinked(dir)
}

// openNameless opens a new file in dir that has no name. With the flag O_EXCL it can never get one.
func openNameless(dir string, flags int) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC|flags, 0o600)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), filepath.Join(dir, filePattern)), nil
}
