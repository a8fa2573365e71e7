// Package sqliteledger keeps the ledger of one machine in one SQLite file. It implements
// pipeline.Ledger and pipeline.DeadLetters and keeps the metrics table. It needs neither cgo nor a
// service. Several processes may have the same file open on one machine, but not over a network
// file system.
//
// Durability: the write-ahead log is synchronised with every commit (synchronous=FULL). With
// NORMAL, a power cut could undo the last commits: the files of an undone claim would be claimed
// again into another batch and published twice. Arrivals that wait at the same time share one
// commit, so that this costs little (see admit.go).
package sqliteledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"ndjson-parquet/internal/pipeline"
)

// busyTimeout limits the wait for another process that writes. Writes take milliseconds.
const busyTimeout = 30 * time.Second

// readers is the number of connections that read, beside the one that writes.
const readers = 4

// A Ledger is a pipeline.Ledger and pipeline.DeadLetters in a SQLite file. It is safe for
// concurrent use.
type Ledger struct {
	path   string
	reader *sql.DB
	writer *writer

	arrivals chan arrival
	closing  chan struct{}
	admitter sync.WaitGroup
	once     sync.Once
	closed   error
}

var (
	_ pipeline.Ledger      = (*Ledger)(nil)
	_ pipeline.DeadLetters = (*Ledger)(nil)
)

// Open opens the ledger at path and creates it, with its directory, if there is none. Close it
// after use.
func Open(path string) (*Ledger, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("create the directory of the ledger: %w", err)
	}
	return open(path, "rwc")
}

// OpenExisting opens the ledger at path and never creates one: with an empty ledger where there
// should be an old one, every input would be imported again. The error is fs.ErrNotExist if there
// is no file.
func OpenExisting(path string) (*Ledger, error) {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no ledger at %s; check the path and whether its disk is mounted: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("the ledger at %s cannot be reached: %w", path, err)
	case info.Size() == 0:
		return nil,
			fmt.Errorf(
				"the ledger at %s is an empty file: restore a backup, or remove it to import every input again", path)
	}
	return open(path, "rw")
}

func open(path, mode string) (*Ledger, error) {
	l := &Ledger{path: path, arrivals: make(chan arrival, maxGroup), closing: make(chan struct{})}
	var err error
	if l.writer, err = newWriter(path, mode); err != nil {
		return nil, explain(path, err)
	}
	if l.reader, err = sql.Open("sqlite", dsn(path, "rw")+"&_pragma=query_only(1)"); err == nil {
		l.reader.SetMaxOpenConns(readers)
		l.reader.SetMaxIdleConns(readers)
		err = l.reader.Ping()
	}
	if err != nil {
		return nil, errors.Join(explain(path, err), l.writer.close())
	}
	l.admitter.Go(l.admitGroups)
	return l, nil
}

// Close ends all calls that wait and closes the file. Later calls fail.
func (l *Ledger) Close() error {
	l.once.Do(func() {
		close(l.closing)
		l.admitter.Wait()
		l.closed = explain(l.path, errors.Join(l.reader.Close(), l.writer.close()))
	})
	return l.closed
}

// dsn is the name with which the driver opens path.
func dsn(path, mode string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") { // C:/…
		path = "/" + path
	}
	u := url.URL{Scheme: "file", Path: path}
	return u.String() + "?" + url.Values{
		"mode": {mode},
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
			"synchronous(FULL)",
			"fullfsync(1)", // macOS: a plain fsync there does not reach the disk
			"checkpoint_fullfsync(1)",
			"cache_size(-16000)",       // KiB
			"wal_autocheckpoint(4000)", // pages
			"journal_size_limit(67108864)",
			"foreign_keys(1)",
		},
	}.Encode()
}

// A writer is the only connection that writes. One transaction uses it at a time.
type writer struct {
	db         *sql.DB
	conn       *sql.Conn
	turn       chan struct{} // holds a token while no transaction is open
	statements map[string]*sql.Stmt
}

func newWriter(path, mode string) (_ *writer, err error) {
	db, err := sql.Open("sqlite", dsn(path, mode))
	if err != nil {
		return nil, err
	}
	w := &writer{db: db, turn: make(chan struct{}, 1), statements: map[string]*sql.Stmt{}}
	w.turn <- struct{}{}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if w.conn, err = db.Conn(context.Background()); err != nil {
		return nil, err
	}
	return w, migrate(context.Background(), w)
}

func (w *writer) close() error {
	var err error
	for _, s := range w.statements {
		err = errors.Join(err, s.Close())
	}
	if w.conn != nil {
		err = errors.Join(err, w.conn.Close())
	}
	return errors.Join(err, w.db.Close())
}

// A transaction is what the callback of write uses. Statements are prepared at their first use and
// kept.
type transaction struct {
	w    *writer
	sums sums
}

// write calls do in a transaction. It commits durably if do returns nil, and rolls back otherwise.
// ctx can end the wait for the connection and for other processes, but not a transaction that has
// begun: transactions are short.
func (w *writer) write(ctx context.Context, do func(*transaction) error) (err error) {
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { w.turn <- struct{}{} }()
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	committed := false
	defer func() { // also when do panics
		if !committed {
			_, rollback := w.conn.ExecContext(context.Background(), "ROLLBACK")
			if rollback != nil && !strings.Contains(rollback.Error(), "no transaction is active") {
				err = errors.Join(err, rollback)
			}
		}
	}()
	t := &transaction{w, sums{}}
	if err := do(t); err != nil {
		return err
	}
	if err := t.writeSums(); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(context.Background(), "COMMIT"); err != nil {
		return err
	}
	committed = true
	return nil
}

func (t *transaction) statement(query string) (*sql.Stmt, error) {
	s := t.w.statements[query]
	if s == nil {
		var err error
		if s, err = t.w.conn.PrepareContext(context.Background(), query); err != nil {
			return nil, err
		}
		t.w.statements[query] = s
	}
	return s, nil
}

// exec runs a statement and returns the number of rows it changed.
func (t *transaction) exec(query string, args ...any) (int64, error) {
	s, err := t.statement(query) //nolint:sqlclosecheck // kept for the next time, closed with the writer
	if err != nil {
		return 0, err
	}
	result, err := s.Exec(args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement that returns rows.
func (t *transaction) query(query string, args ...any) (*sql.Rows, error) {
	s, err := t.statement(query) //nolint:sqlclosecheck // kept for the next time, closed with the writer
	if err != nil {
		return nil, err
	}
	return s.Query(args...)
}
