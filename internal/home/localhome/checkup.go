package localhome

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/dustin/go-humanize"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/ledger/sqliteledger"
	"ndjson-parquet/internal/nameless"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/pipeline"
)

// Checkup checks a root: its record, places, disk and ledger, and the work in it. It changes
// nothing, except that it creates and removes a file without content in each place that must be
// writable.
func Checkup(ctx context.Context, root Root, config pipeline.Config, c *home.Checkup) error {
	p := root.Places
	if err := Check(p); err != nil {
		c.Problem("configuration", "places", c.Command("config"), "%v", err)
	} else {
		c.Fine("configuration", "settings", "valid")
	}
	if _, err := os.Stat(p.Root); err != nil {
		c.Problem("places", "root", c.Command("run"), "%s cannot be reached: %v", p.Root, err)
		return nil
	}
	checkRecord(ctx, p, c)
	checkDir("root", p.Root, true, c)
	for _, place := range []struct {
		name, at string
		written  bool
	}{
		{"input", p.Input, p.OwnsInput}, {"output", p.Output, true},
		{"manifests", p.Manifests, true}, {"quarantine", p.Quarantine, true},
	} {
		if home.IsRemote(place.at) {
			checkBucket(ctx, place.name, place.at, c)
		} else {
			checkDir(place.name, place.at, place.written, c)
		}
	}
	checkModes(p, c)
	checkDisk(p, c)
	if !checkLedger(ctx, p, c) {
		return nil
	}
	checkPresence(p, c)
	v, err := OpenView(ctx, p, config)
	if err != nil {
		return err
	}
	return errors.Join(v.Examine(ctx, time.Now(), c), v.Close(ctx))
}

func checkRecord(ctx context.Context, p home.Places, c *home.Checkup) {
	switch _, err := readRecord(ctx, p.Root); {
	case errors.Is(err, fs.ErrNotExist):
		c.Warn("configuration", "root record", c.Command("run"),
			"there is none, so that another --output would not be refused; run creates it")
	case err != nil:
		c.Problem("configuration", "root record", home.Shell("cat", filepath.Join(p.Root, RecordName)), "%v", err)
	default:
		c.Fine("configuration", "root record", "%s agrees with flags and variables", filepath.Join(p.Root, RecordName))
	}
}

// checkDir reads a directory, and creates a file in it if it must be writable.
func checkDir(name, dir string, written bool, c *home.Checkup) {
	d, err := os.Open(dir)
	if err == nil {
		if _, err = d.Readdirnames(1); errors.Is(err, io.EOF) {
			err = nil
		}
		err = errors.Join(err, d.Close())
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.Problem("places", name, home.Shell("mkdir", "-p", dir), "%s does not exist: is its disk mounted?", dir)
		return
	case err != nil:
		c.Problem("places", name, home.Shell("chmod", "u+rx", dir), "%s cannot be read: %v", dir, err)
		return
	case !written:
		c.Fine("places", name, "%s can be read; it is outside the root and never written", dir)
		return
	}
	f, err := nameless.Create(dir)
	if err == nil {
		err = nameless.Close(f)
	}
	if err != nil {
		c.Problem("places", name, home.Shell("chmod", "u+rwx", dir), "%s cannot be written: %v", dir, err)
		return
	}
	c.Fine("places", name, "%s can be read and written", dir)
}

// checkBucket lists a bucket, and compares the clocks. It does not write: in a bucket with versions
// a trial would stay.
func checkBucket(ctx context.Context, name, address string, c *home.Checkup) {
	store, err := open.Existing(ctx, address)
	if err != nil {
		c.Problem("reachability", name, c.Command("config", name), "%v", err)
		return
	}
	bucket, ok := store.(interface {
		Reach(ctx context.Context) (time.Time, error)
	})
	if !ok {
		c.NotChecked("reachability", name, "%s is in a store that cannot be tried", address)
		return
	}
	began := time.Now()
	server, err := bucket.Reach(ctx)
	if err != nil {
		c.Problem("reachability", name, home.Shell("aws", "s3", "ls", address+"/"), "%v", err)
		return
	}
	c.Fine("reachability", name, "%s can be listed, in %v", address, time.Since(began).Round(time.Millisecond))
	c.NotChecked("places", name+" writable", "a trial would leave a version in %s; the first batch shows it", address)
	if !server.IsZero() {
		c.CompareClock(name, server, time.Now())
	}
}

// checkModes reports what other users of the machine can change or read.
func checkModes(p home.Places, c *home.Checkup) {
	if runtime.GOOS == "windows" {
		c.NotChecked("permissions", "other users", "Windows has access lists instead of modes: icacls shows them")
		return
	}
	const othersWrite, othersRead = 0o002, 0o004
	writable, readable := "", ""
	for _, path := range []string{p.Root, p.Input, p.Output, p.Manifests, p.Quarantine, p.Ledger} {
		info, err := os.Stat(path)
		if err != nil || home.IsRemote(path) {
			continue
		}
		if info.Mode()&othersWrite != 0 && info.Mode()&fs.ModeSticky == 0 {
			writable = path
		}
		if info.Mode()&othersRead != 0 {
			readable = path
		}
	}
	parent, _ := os.Stat(p.Root)
	closed := parent != nil && parent.Mode()&0o007 == 0
	switch {
	case writable != "":
		c.Problem("permissions", "other users", home.Shell("chmod", "-R", "o-w", writable),
			"every user of this machine can change %s", writable)
	case readable != "" && !closed:
		c.Warn("permissions", "other users", home.Shell("chmod", "o-rwx", p.Root),
			"every user of this machine can read %s", readable)
	default:
		c.Fine("permissions", "other users", "have no access")
	}
}

// Free space in bytes below which the disk is a problem or deserves a warning.
const (
	diskProblem = 256 << 20
	diskWarning = 2 << 30
)

func checkDisk(p home.Places, c *home.Checkup) {
	seen := map[string]bool{}
	for _, place := range []struct{ name, at string }{{"root", p.Root}, {"output", p.Output},
		{"ledger", filepath.Dir(p.Ledger)}} {
		if home.IsRemote(place.at) {
			continue
		}
		free, id, err := freeSpace(place.at)
		if err != nil || seen[id] {
			if err != nil {
				c.NotChecked("disk", place.name, "%v", err)
			}
			continue
		}
		seen[id] = true
		fix := fmt.Sprintf("du -xh %s | sort -h | tail", home.Shell(place.at))
		switch {
		case free < diskProblem:
			c.Problem("disk", place.name, fix, "only %s are free in %s", humanize.Bytes(free), place.at)
		case free < diskWarning:
			c.Warn("disk", place.name, fix, "only %s are free in %s", humanize.Bytes(free), place.at)
		default:
			c.Fine("disk", place.name, "%s are free in %s", humanize.Bytes(free), place.at)
		}
	}
}

// checkLedger reports whether the ledger can be used.
func checkLedger(ctx context.Context, p home.Places, c *home.Checkup) bool {
	ledger, err := sqliteledger.OpenExisting(p.Ledger)
	if errors.Is(err, fs.ErrNotExist) {
		c.Warn("ledger", "file", c.Command("run"), "there is none at %s: nothing has been processed yet", p.Ledger)
		return false
	}
	var h sqliteledger.Health
	if err == nil {
		h, err = ledger.Health(ctx)
		err = errors.Join(err, ledger.Close())
	}
	restore := home.Shell("sqlite3", p.Ledger, ".recover") + " | " + home.Shell("sqlite3", p.Ledger+".recovered")
	if err != nil {
		c.Problem("ledger", "file", restore, "%v", err)
		return false
	}
	for _, problem := range h.Problems {
		c.Problem("ledger", "file", restore, "%s: %s", p.Ledger, problem)
	}
	if len(h.Problems) == 0 {
		c.Fine("ledger", "file", "%s is whole, and its sums are those of its rows", p.Ledger)
	}
	if h.Journal != "wal" {
		c.Problem("ledger", "journal", home.Shell("sqlite3", p.Ledger, "PRAGMA journal_mode=WAL"),
			"the journal mode is %s: does another program use the file, or is it on a network disk?", h.Journal)
	}
	c.Fine("versions", "ledger", "SQLite %s, schema %d of %d", h.SQLite, h.Schema, h.Newest)
	return true
}

func checkPresence(p home.Places, c *home.Checkup) {
	presence, err := enter(filepath.Join(p.Root, presenceName))
	if err != nil {
		c.NotChecked("work", "processes", "%v", err)
		return
	}
	defer func() { _ = presence.leave() }()
	if presence.alone() {
		c.Fine("work", "processes", "none works in this root now")
	} else {
		c.Fine("work", "processes", "at least one works in this root")
	}
}
