package nameless

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// Create creates a file in dir that Windows deletes when its handle is closed, which includes the
// end of the process.
func Create(dir string) (*os.File, error) {
	name := filepath.Join(dir, strings.Replace(Pattern, "*", rand.Text(), 1))
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateFile(path, windows.GENERIC_READ|windows.GENERIC_WRITE, windows.FILE_SHARE_DELETE, nil,
		windows.CREATE_NEW, windows.FILE_ATTRIBUTE_TEMPORARY|windows.FILE_FLAG_DELETE_ON_CLOSE, 0)
	if err != nil {
		return nil, &os.PathError{Op: "create", Path: name, Err: err}
	}
	return os.NewFile(uintptr(handle), name), nil
}

// Close closes a file of Create and deletes its content.
func Close(f *os.File) error { return f.Close() }
