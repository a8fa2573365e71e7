package scratch

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// createNameless creates a file in dir that Windows deletes when its handle is closed, be it because
// the process ends.
func createNameless(dir string) (*os.File, error) {
	name := filepath.Join(dir, strings.Replace(filePattern, "*", rand.Text(), 1))
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

func closeNameless(f *os.File) error { return f.Close() }
