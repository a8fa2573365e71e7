package localhome

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// An inotify is a notifier. It reads inotify(7) itself, because fsnotify does not say whether a
// file was created or renamed: a renamed file is complete, and need not settle.
type inotify struct {
	file *os.File
	left []byte // what was read and not returned yet

	mu      sync.Mutex
	folders map[int32]string // by watch descriptor
}

func newNotifier() (notifier, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	// os.File waits for a descriptor that does not block, and a Close ends the wait.
	return &inotify{file: os.NewFile(uintptr(fd), "inotify"), folders: map[int32]string{}}, nil
}

// add implements notifier.
func (n *inotify) add(folder string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	conn, err := n.file.SyscallConn()
	if err != nil {
		return err
	}
	var watched int
	var failure error
	err = conn.Control(func(fd uintptr) {
		watched, failure = unix.InotifyAddWatch(int(fd), folder,
			unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_MODIFY|unix.IN_ONLYDIR)
	})
	if err = errors.Join(err, failure); err != nil {
		return fmt.Errorf("watch %s: %w", folder, err)
	}
	n.folders[int32(watched)] = folder // a folder that was renamed keeps its descriptor
	return nil
}

// next implements notifier.
func (n *inotify) next() (event, error) {
	for {
		for len(n.left) >= unix.SizeofInotifyEvent {
			watched := int32(binary.NativeEndian.Uint32(n.left))
			mask := binary.NativeEndian.Uint32(n.left[4:])
			end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(n.left[12:]))
			name, _, _ := bytes.Cut(n.left[unix.SizeofInotifyEvent:end], []byte{0})
			n.left = n.left[end:]
			if mask&unix.IN_Q_OVERFLOW != 0 {
				return event{}, errLost
			}
			n.mu.Lock()
			folder, known := n.folders[watched]
			if mask&unix.IN_IGNORED != 0 {
				delete(n.folders, watched)
			}
			n.mu.Unlock()
			if !known || len(name) == 0 {
				continue
			}
			return event{
				path: filepath.Join(folder, string(name)), created: mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0,
				renamed: mask&unix.IN_MOVED_TO != 0,
			}, nil
		}
		buffer := make([]byte, 64<<10)
		read, err := n.file.Read(buffer)
		if err != nil {
			return event{}, err
		}
		n.left = buffer[:read]
	}
}

// close implements notifier.
func (n *inotify) close() error { return n.file.Close() }
