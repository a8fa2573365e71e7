package nameless

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

const openFiles = "/proc/self/fd"

// CreateLinkable creates a file in dir that has no name until Link gives it one.
func CreateLinkable(dir string) (*os.File, error) {
	if _, err := os.Stat(openFiles); err != nil {
		return nil, err
	}
	return open(dir, 0)
}

// Link gives a nameless file a name.
func Link(f *os.File, name string) error {
	path := fmt.Sprintf("%s/%d", openFiles, f.Fd())
	if err := unix.Linkat(unix.AT_FDCWD, path, unix.AT_FDCWD, name, unix.AT_SYMLINK_FOLLOW); err != nil {
		return &os.LinkError{Op: "link", Old: path, New: name, Err: err}
	}
	return nil
}
