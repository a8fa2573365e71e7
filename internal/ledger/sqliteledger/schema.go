package sqliteledger

import (
	"context"
	"fmt"
)

// applicationID marks the file as a ledger of this program ("NDJP") in its header.
const applicationID = 0x4e444a50

// migrations lead from each schema version to the next. PRAGMA user_version is the number of
// migrations that a file has seen. Never change a migration that was released: append another.
var migrations = []string{
	// Column names are those of the tracking table in docs/FORMATS.md, so that both ledgers can be
	// read alike. Times are ISO 8601 in UTC with microseconds, all of the same length, so that they
	// sort as text; '' means no time.
	`
CREATE TABLE file_tracking (
	date_prefix  TEXT    NOT NULL,
	file_key     TEXT    NOT NULL,
	status       TEXT    NOT NULL CHECK (status IN ('pending', 'manifested', 'processing', 'completed', 'failed', 'quarantined')),
	file_path    TEXT    NOT NULL,
	etag         TEXT    NOT NULL,
	version_id   TEXT    NOT NULL,
	sequencer    TEXT    NOT NULL,
	read_etag    TEXT    NOT NULL,
	size_bytes   INTEGER NOT NULL,
	file_size_mb REAL    GENERATED ALWAYS AS (size_bytes / 1048576.0) VIRTUAL,
	batch_id     TEXT,   -- NULL before the claim
	reason       TEXT    NOT NULL,
	detail       TEXT    NOT NULL,
	released     INTEGER NOT NULL,
	attempts     INTEGER NOT NULL,
	lines        INTEGER NOT NULL,
	rows         INTEGER NOT NULL,
	rejected     INTEGER NOT NULL,
	blank        INTEGER NOT NULL,
	rescued      INTEGER NOT NULL,
	created_at   TEXT    NOT NULL,
	updated_at   TEXT    NOT NULL,
	CHECK ((status IN ('manifested', 'processing', 'completed')) <= (batch_id IS NOT NULL)),
	PRIMARY KEY (date_prefix, file_key)
) STRICT, WITHOUT ROWID;

-- What a claim reads: no more of it than the claim takes, however much is pending.
CREATE INDEX pending ON file_tracking (date_prefix, created_at, file_key) WHERE status = 'pending';
CREATE INDEX files_of_batch ON file_tracking (batch_id) WHERE batch_id IS NOT NULL;
-- What operators look for among millions of rows.
CREATE INDEX failed ON file_tracking (date_prefix, file_key) WHERE status = 'failed';
CREATE INDEX quarantined ON file_tracking (date_prefix, file_key) WHERE status = 'quarantined';

-- The sums over file_tracking, kept with every change of it (see summary.go).
CREATE TABLE summary (
	date_prefix TEXT    NOT NULL,
	status      TEXT    NOT NULL,
	files       INTEGER NOT NULL,
	bytes       INTEGER NOT NULL,
	lines       INTEGER NOT NULL,
	rows        INTEGER NOT NULL,
	rejected    INTEGER NOT NULL,
	blank       INTEGER NOT NULL,
	rescued     INTEGER NOT NULL,
	PRIMARY KEY (date_prefix, status)
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
	date_prefix   TEXT    NOT NULL,
	num           INTEGER NOT NULL,
	batch_id      TEXT    NOT NULL,
	status        TEXT    NOT NULL CHECK (status IN ('manifested', 'processing', 'completed', 'failed')),
	manifest_path TEXT    NOT NULL,
	file_count    INTEGER NOT NULL,
	bytes         INTEGER NOT NULL,
	engine        TEXT    NOT NULL,
	lines         INTEGER NOT NULL,
	rows          INTEGER NOT NULL,
	rejected      INTEGER NOT NULL,
	blank         INTEGER NOT NULL,
	rescued       INTEGER NOT NULL,
	outputs       TEXT    NOT NULL, -- JSON
	error_message TEXT    NOT NULL,
	attempts      INTEGER NOT NULL,
	retries       INTEGER NOT NULL,
	created_at    TEXT    NOT NULL,
	updated_at    TEXT    NOT NULL,
	processing_start_time TEXT NOT NULL,
	ended_at      TEXT    NOT NULL, -- completed_time or failed_time, as status says
	PRIMARY KEY (date_prefix, num)
) STRICT, WITHOUT ROWID;

CREATE INDEX live ON batches (updated_at, date_prefix, num) WHERE status = 'manifested' OR status = 'processing';

CREATE TABLE dead_letters (
	file_key   TEXT    NOT NULL,
	etag       TEXT    NOT NULL,
	uri        TEXT    NOT NULL,
	error      TEXT    NOT NULL,
	attempts   INTEGER NOT NULL,
	first_seen TEXT    NOT NULL,
	last_seen  TEXT    NOT NULL,
	PRIMARY KEY (file_key, etag)
) STRICT, WITHOUT ROWID;

CREATE TABLE metrics (
	metric_type TEXT    NOT NULL,
	timestamp   INTEGER NOT NULL, -- Unix seconds
	value       REAL    NOT NULL,
	ttl         INTEGER NOT NULL, -- Unix seconds, after which the row may go
	PRIMARY KEY (metric_type, timestamp)
) STRICT, WITHOUT ROWID;
CREATE INDEX metrics_ttl ON metrics (ttl);
`,
}

// migrate brings the file of w to the newest schema. If two processes open a new file at the same
// time, one of them creates the schema.
func migrate(ctx context.Context, w *writer) error {
	// This cannot be done in a transaction. The mode is stored in the file.
	if _, err := w.conn.ExecContext(ctx, "PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	return w.write(ctx, func(*transaction) error {
		var version, id, tables int
		err := w.conn.QueryRowContext(ctx,
			"SELECT user_version, application_id, (SELECT count(*) FROM sqlite_schema) "+
				"FROM pragma_user_version, pragma_application_id").Scan(&version, &id, &tables)
		switch {
		case err != nil:
			return err
		case version == 0 && tables > 0, version > 0 && id != applicationID:
			return errForeign
		case version > len(migrations):
			return fmt.Errorf("%w (its schema is version %d, this program knows %d)", errNewer, version,
				len(migrations))
		case version == len(migrations):
			return nil
		}
		for _, m := range migrations[version:] {
			if _, err := w.conn.ExecContext(ctx, m); err != nil {
				return fmt.Errorf("new schema: %w", err)
			}
		}
		_, err = w.conn.ExecContext(ctx,
			fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", len(migrations), applicationID))
		return err
	})
}
