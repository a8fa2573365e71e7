package localhome

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// presenceName is the file in the root whose lock shows that a process uses the root.
const presenceName = ".in-use"

// A presence shows other processes that this one works in the root. Correctness does not depend on
// it: that is the ledger's task. It only shows whether a batch without progress may belong to a
// process that is gone.
type presence struct {
	mu   sync.Mutex
	file *os.File
}

// enter locks the file at path, and creates it if it is missing.
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

// ifAlone calls do if no other process is in the root. No process can enter before it returns.
func (p *presence) ifAlone(do func() error) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if tryLockExclusive(p.file) == nil {
		err = do()
	}
	// This fails only where locks do not work at all. Then each process believes to be alone, which
	// at worst does work twice.
	_ = lockShared(p.file)
	return err
}

func (p *presence) leave() error { return p.file.Close() }
