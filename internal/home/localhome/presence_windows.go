package localhome

import (
	"os"

	"golang.org/x/sys/windows"
)

// lockShared waits for a shared lock, in place of the one f has.
func lockShared(f *os.File) error {
	h := windows.Handle(f.Fd())
	_ = windows.UnlockFileEx(h, 0, 1, 0, new(windows.Overlapped)) // Windows does not convert locks
	return windows.LockFileEx(h, 0, 0, 1, 0, new(windows.Overlapped))
}

// tryLockExclusive turns f's shared lock into an exclusive one; if it fails, f has no lock any
// more.
func tryLockExclusive(f *os.File) error {
	h := windows.Handle(f.Fd())
	if err := windows.UnlockFileEx(h, 0, 1, 0, new(windows.Overlapped)); err != nil {
		return err
	}
	return windows.LockFileEx(h, windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		new(windows.Overlapped))
}
