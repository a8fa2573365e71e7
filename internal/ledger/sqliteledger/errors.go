package sqliteledger

import (
	"context"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"ndjson-parquet/internal/pipeline"
)

var (
	errForeign = errors.New("this SQLite file is not a ledger of ndjson-parquet; choose another path")
	errNewer   = errors.New("a newer version of ndjson-parquet made it; use that version")
	errClosed  = errors.New("the ledger is closed")
)

// hints are what to do about an error, by SQLite's primary result code.
var hints = map[int]string{
	codes.SQLITE_BUSY:     "another process keeps it locked; end a program that is stuck with the file open",
	codes.SQLITE_LOCKED:   "another process keeps it locked; end a program that is stuck with the file open",
	codes.SQLITE_READONLY: "the file or its directory is read-only; make both writable for this user",
	codes.SQLITE_PERM:     "this user may not open it; check the permissions of the file and its directory",
	codes.SQLITE_CANTOPEN: "the file cannot be opened or created; check that its directory exists and is writable",
	codes.SQLITE_FULL:     "the disk is full; free some space and try again; nothing was lost",
	codes.SQLITE_IOERR:    "the disk reports an error; check its free space and its health",
	codes.SQLITE_CORRUPT: "the file is damaged; stop all processes, keep a copy, and restore a backup, or try " +
		"sqlite3 FILE .recover | sqlite3 NEW",
	codes.SQLITE_NOTADB: "the file is not a SQLite database or is damaged; choose another path or restore a backup",
}

// explain adds the ledger's path and a hint to an error. Errors of the port and of contexts stay as
// they are.
func explain(path string, err error) error {
	switch {
	case err == nil, errors.Is(err, pipeline.ErrState), errors.Is(err, pipeline.ErrNotFound),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	var failure *driver.Error
	if errors.As(err, &failure) {
		if hint, ok := hints[failure.Code()&0xff]; ok {
			return fmt.Errorf("the ledger %s: %s: %w", path, hint, err)
		}
	}
	return fmt.Errorf("the ledger %s: %w", path, err)
}
