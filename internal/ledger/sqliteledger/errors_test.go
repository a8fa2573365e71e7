package sqliteledger

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ndjson-parquet/internal/pipeline"
)

// says checks that an error's text contains all of the given parts.
func says(t *testing.T, err error, things ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	for _, thing := range things {
		if !strings.Contains(err.Error(), thing) {
			t.Errorf("the error does not say %q: %v", thing, err)
		}
	}
}

func raw(t *testing.T, path, parameters string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(path)+parameters)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func TestC18_OpenExisting_RefusesAMissingOrEmptyLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tracking.db")
	_, err := OpenExisting(path)
	says(t, err, path, "no ledger")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v is not fs.ErrNotExist", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it made a file: %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = OpenExisting(path)
	says(t, err, path, "empty file", "backup")
}

func TestC18_OpenExisting_NeverMakesAFileThatVanishes(t *testing.T) {
	_, err := open(filepath.Join(t.TempDir(), "gone", "tracking.db"), "rw")
	says(t, err, "cannot be opened")
}

func TestOpen_RefusesOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tracking.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path)
	says(t, err, path, "not a SQLite database")

	other := filepath.Join(t.TempDir(), "other.db")
	run(t, raw(t, other, ""), "CREATE TABLE theirs (x)")
	_, err = Open(other)
	says(t, err, other, "not a ledger")

	newer := filepath.Join(t.TempDir(), "newer.db")
	openAt(t, newer)
	run(t, raw(t, newer, ""), "PRAGMA user_version = 99")
	_, err = Open(newer)
	says(t, err, newer, "newer version", "99")
}

func TestOpen_FolderThatIsAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(filepath.Join(file, "tracking.db"))
	says(t, err, "directory")
}

func TestErrors_ReadOnlyFile(t *testing.T) {
	l := openNew(t)
	_, err := raw(t, l.path, "?mode=ro").Exec("DELETE FROM metrics")
	says(t, explain(l.path, err), l.path, "read-only", "writable")
}

func TestErrors_LockedByAnotherProcess(t *testing.T) {
	l := openNew(t)
	other := raw(t, l.path, "?_pragma=busy_timeout(0)")
	if err := l.writer.write(t.Context(), func(*transaction) error {
		_, err := other.Exec("BEGIN IMMEDIATE")
		says(t, explain(l.path, err), l.path, "another process")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestErrors_DamagedFile(t *testing.T) {
	l := openNew(t)
	for i := range 300 {
		mustAdmit(t, l, request(day, i))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(l.path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096 * 10; i < len(content); i++ { // leave the schema intact
		content[i] = 0xa5
	}
	if err := os.WriteFile(l.path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	again := openAt(t, l.path)
	for _, err := range again.Files(t.Context(), "", "") {
		if err != nil {
			says(t, err, l.path, "damaged", "backup")
			return
		}
	}
	t.Fatal("a damaged file was read without an error")
}

func TestC22_DiskFull_NothingAcknowledgedIsLostAndWorkGoesOn(t *testing.T) {
	l := openNew(t)
	limit := func(pages string) {
		t.Helper()
		if err := l.writer.write(t.Context(), func(*transaction) error {
			_, err := l.writer.conn.ExecContext(t.Context(), "PRAGMA max_page_count = "+pages)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	limit("40")
	var full error
	acknowledged := 0
	for ; full == nil && acknowledged < 5000; acknowledged++ {
		_, full = l.Admit(t.Context(), request(day, acknowledged))
	}
	acknowledged--
	says(t, full, l.path, "disk is full", "free some space")
	limit("1000000")
	mustAdmit(t, l, request(day, acknowledged))
	sums, err := l.Summary(t.Context(), day)
	if err != nil || sums[0].Files[pipeline.Pending] != acknowledged+1 {
		t.Errorf("summary %+v (%v), want %d pending", sums, err, acknowledged+1)
	}
}
