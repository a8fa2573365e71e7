//go:build unix

package localhome

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockShared waits for a shared lock, in place of the one f has.
func lockShared(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_SH)
		if err != unix.EINTR {
			return err
		}
	}
}

// tryLockExclusive turns f's shared lock into an exclusive one; if it fails, f may have no lock any
// more.
func tryLockExclusive(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }
