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

// hints tell, by SQLite's primary result code, what to do about an error.
var hints = map[int]string{
	codes.SQLITE_BUSY:     "another process has been writing to it all the time; is a program stuck with the file open?",
	codes.SQLITE_LOCKED:   "another process has been writing to it all the time; is a program stuck with the file open?",
	codes.SQLITE_READONLY: "the file or its folder is read-only; make both writable for this user (SQLite keeps two more files beside it)",
	codes.SQLITE_PERM:     "this user may not open it; check the permissions of the file and its folder",
	codes.SQLITE_CANTOPEN: "the file cannot be opened or made; check that its folder exists and is writable",
	codes.SQLITE_FULL:     "the disk is full; free some space and try again: nothing was lost",
	codes.SQLITE_IOERR:    "the disk reports an error; check its free space and its health",
	codes.SQLITE_CORRUPT:  "the file is damaged; stop all processes, keep a copy, and restore a backup or try: sqlite3 FILE .recover | sqlite3 NEW",
	codes.SQLITE_NOTADB:   "the file is no SQLite database, or is damaged; choose another path or restore a backup",
}

// explain adds to an error the ledger's path, and a hint. The answers of the port and of contexts pass as they are.
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
