package sqliteledger

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// TestC7_C43_HundredThousandPendingFiles checks the limits of the field cases: listing everything
// again imports nothing and takes a few seconds at most, and a claim costs as much as with ten
// pending files.
func TestC7_C43_HundredThousandPendingFiles(t *testing.T) {
	files := 100_000
	if testing.Short() {
		files = 20_000
	}
	l := openNew(t)
	listing := make([]pipeline.File, files)
	var group []arrival
	for i := range files {
		r := request(day, i)
		listing[i] = r.File
		group = append(group, arrival{t.Context(), r, make(chan answer, 1)})
		if len(group) == maxGroup || i == files-1 {
			l.admitGroup(group)
			group = group[:0]
		}
	}
	sums, err := l.Summary(t.Context(), day)
	if err != nil || sums[0].Files[pipeline.Pending] != files {
		t.Fatalf("summary %+v: %v", sums, err)
	}

	begin := time.Now()
	for page := range slices.Chunk(listing, 1000) {
		unseen, err := l.Unseen(t.Context(), page)
		if err != nil || len(unseen) > 0 {
			t.Fatalf("%d files are unseen: %v", len(unseen), err)
		}
	}
	took := time.Since(begin)
	t.Logf("%d files listed again: %v", files, took)
	if took > time.Minute {
		t.Errorf("listing %d files again took %v", files, took)
	}

	const other = "2025-01-18"
	for i := range 200 {
		mustAdmit(t, l, request(other, i))
	}
	few, many := claimTime(t, l, other), claimTime(t, l, day)
	t.Logf("a claim of 10 files: %v with 200 pending, %v with %d", few, many, files)
	if many > 3*few+10*time.Millisecond {
		t.Errorf("a claim takes %v with 200 pending and %v with %d", few, many, files)
	}
}

// claimTime returns the median time of a claim of 10 files.
func claimTime(t *testing.T, l *Ledger, date string) time.Duration {
	t.Helper()
	var times []time.Duration
	for range 20 {
		begin := time.Now()
		if _, files, err := l.Claim(t.Context(), claimRequest(date, 10, 10)); err != nil || len(files) != 10 {
			t.Fatalf("claimed %d files: %v", len(files), err)
		}
		times = append(times, time.Since(begin))
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// TestC43_QueriesUseTheirIndex asks SQLite how it answers the queries that are repeated: each must
// look its rows up in order, and neither scan a table nor sort.
func TestC43_QueriesUseTheirIndex(t *testing.T) {
	l := openNew(t)
	for name, q := range map[string]struct {
		query string
		args  []any
		index string
	}{
		"claim":          {selectPending, []any{day, 10}, "INDEX pending (date_prefix=?)"},
		"last number":    {selectLastNum, []any{day}, "PRIMARY KEY (date_prefix=?)"},
		"files of batch": {selectFilesOfBatch, []any{"b"}, "INDEX files_of_batch (batch_id=?)"},
		"file":           {selectFile, []any{day, "k"}, "PRIMARY KEY (date_prefix=? AND file_key=?)"},
		"unseen":         {selectVersions, []any{day, "[]"}, "PRIMARY KEY (date_prefix=? AND file_key=?)"},
		"pending dates":  {selectPendingDates, nil, "INDEX pending (date_prefix>?)"},
		"stale":          {selectStale, []any{"t", "", "", 0, 1}, "INDEX live"},
		"failed files":   {selectFiles("", pipeline.Failed), []any{"", "", 10, ""}, "INDEX failed"},
		"files of a day": {selectFiles(day, ""), []any{day, "", 10, ""}, "PRIMARY KEY (date_prefix=? AND file_key>?)"},
	} {
		rows, err := l.reader.Query("EXPLAIN QUERY PLAN "+q.query, q.args...)
		steps, err := collect(rows, err, func(row interface{ Scan(...any) error }) (detail string, err error) {
			var id, parent, unused int
			return detail, row.Scan(&id, &parent, &unused, &detail)
		})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		plan := strings.Join(steps, "\n")
		if !strings.Contains(plan, q.index) {
			t.Errorf("%s does not use %s:\n%s", name, q.index, plan)
		}
		sorts := strings.Contains(plan, "TEMP B-TREE") && name != "files of batch" // it sorts the files of one batch
		if sorts || strings.Contains(plan, "SCAN file_tracking\n") || strings.HasSuffix(plan, "SCAN file_tracking") {
			t.Errorf("%s scans or sorts:\n%s", name, plan)
		}
	}
}
