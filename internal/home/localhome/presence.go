package localhome

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// presenceName is the file in the root by whose lock processes see each other.
const presenceName = ".in-use"

// A presence tells other processes that this one works in the root. Nothing depends on it for correctness, the ledger sees to
// that: it only tells whether a batch that does not move may have been left by a process that died.
type presence struct {
	mu   sync.Mutex
	file *os.File
}

// enter makes this process seen.
func enter(path string) (*presence, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	p := &presence{file: f}
	if err := lockShared(f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return p, nil
}

// alone reports whether no other process is in the root at this moment.
func (p *presence) alone() bool {
	alone := false
	_ = p.ifAlone(func() error { alone = true; return nil })
	return alone
}

// ifAlone calls do if no other process is in the root. None enters before it returns.
func (p *presence) ifAlone(do func() error) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if tryLockExclusive(p.file) == nil {
		err = do()
	}
	// Back to what everybody holds. It can fail only where locks do not work at all; then each takes itself to be alone, which
	// costs work done twice at worst.
	_ = lockShared(p.file)
	return err
}

func (p *presence) leave() error { return p.file.Close() }
