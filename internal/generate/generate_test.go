package generate

import (
	"bytes"
	"context"
	"encoding/json"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ndjson-parquet/internal/generate/records"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/memorystore"
	"ndjson-parquet/internal/pipeline"
)

func plan() Plan {
	return Plan{
		Seed: 7, From: "2025-01-17", Days: 2, FilesPerDay: 100, FileBytes: 4000, SizeSpreadPercent: 20,
		Shape:            "metrics",
		BadRecordPercent: 10, BadNamePercent: 10, AwkwardNamePercent: 20, DuplicatePercent: 10, OverwritePercent: 10,
		SchemaChanges: 3, Rate: AllAtOnce,
	}
}

func run(t *testing.T, p Plan) (*memorystore.Store, Summary) {
	t.Helper()
	store := memorystore.New("memory", time.Now)
	s, err := Run(t.Context(), p, store, func(Progress) {})
	if err != nil {
		t.Fatal(err)
	}
	return store, s
}

func contents(t *testing.T, store objectstore.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for o, err := range store.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		content, _, err := store.Get(t.Context(), o.Key)
		if err != nil {
			t.Fatal(err)
		}
		all[o.Key] = string(content)
	}
	return all
}

func TestTheSamePlanGivesTheSameFilesWhateverTheParallelism(t *testing.T) {
	store, summary := run(t, plan())
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again, summaryAgain := run(t, plan())
	if diff := cmp.Diff(contents(t, store), contents(t, again)); diff != "" {
		t.Error(diff)
	}
	summary.byIndex, summaryAgain.byIndex = nil, nil
	if diff := cmp.Diff(summary, summaryAgain, cmp.AllowUnexported(Summary{})); diff != "" {
		t.Error(diff)
	}
	other := plan()
	other.Seed++
	different, _ := run(t, other)
	if cmp.Equal(contents(t, store), contents(t, different)) {
		t.Error("another seed gives the same files")
	}
}

// The summary counts what is in the files, as encoding/json sees them.
func TestSummaryCountsWhatWasWritten(t *testing.T) {
	p := plan()
	p.OverwritePercent = 0
	store, s := run(t, p)
	all := contents(t, store)
	if len(all) != 200 || len(s.Files) != 200 {
		t.Fatalf("%d objects and %d files in the summary, want 200", len(all), len(s.Files))
	}
	var rows, rejected int64
	for _, f := range s.Files {
		content := all[f.Key]
		var got Version
		for line := range strings.Lines(content) {
			got.Bytes += int64(len(line))
			if accepted(line) {
				got.Rows++
			} else {
				got.Rejected++
			}
		}
		if len(f.Versions) != 1 || got != f.Versions[0] {
			t.Errorf("%q: the summary says %+v, the file has %+v", f.Key, f.Versions, got)
		}
		if f.Status == pipeline.Completed {
			rows += got.Rows
			rejected += got.Rejected
		}
		if got.Bytes < 3200 || got.Bytes > 5200 {
			t.Errorf("%q has %d bytes, want 4000 ± 20 %% and at most one record", f.Key, got.Bytes)
		}
	}
	if s.Rows != rows || s.Rejected != rejected || rejected == 0 {
		t.Errorf("sums %d and %d, want %d and %d", s.Rows, s.Rejected, rows, rejected)
	}
	if s.Deliveries <= 205 || s.Deliveries > 240 {
		t.Errorf("%d deliveries, want some 220: a tenth of the files is put twice", s.Deliveries)
	}
}

func accepted(line string) bool {
	var v map[string]any
	return json.Valid([]byte(line)) && json.Unmarshal([]byte(line), &v) == nil && !strings.Contains(line, "\xe9") &&
		!strings.Contains(line, "\xc3\"") && !strings.Contains(line, strings.Repeat("[", 200))
}

func TestSchemaChangesAddColumnsAndTurnTheOnesBeforeToText(t *testing.T) {
	p := plan()
	p.BadRecordPercent = 0
	want := []string{``, `"added_1":`, `"added_1":"text","added_2":`, `"added_1":"text","added_2":"text","added_3":`}
	for i, index := range []int{0, 50, 100, 199} {
		var b bytes.Buffer
		if _, err := p.write(&b, index, 0); err != nil {
			t.Fatal(err)
		}
		line, _, _ := strings.Cut(b.String(), "\n")
		if !strings.Contains(line, want[i]) || strings.Contains(line, "added_"+string(rune('1'+i))) ||
			!json.Valid([]byte(line)) {
			t.Errorf("file %d: %s, want it to contain %s and no further column", index, line, want[i])
		}
	}
}

func TestEveryAwkwardNameCanBeAKeyOfItsDate(t *testing.T) {
	p := plan()
	p.BadNamePercent, p.AwkwardNamePercent = 0, 100
	seen := map[string]bool{}
	for i := range 200 {
		f := p.file(i)
		if err := objectstore.CheckKey(f.Key); err != nil {
			t.Error(err)
		}
		base := f.Key[strings.LastIndexByte(f.Key, '/')+1:]
		if !strings.HasPrefix(base, f.Date) || f.Status != pipeline.Completed {
			t.Errorf("%q does not begin with %s", f.Key, f.Date)
		}
		if seen[f.Key] {
			t.Errorf("%q is there twice", f.Key)
		}
		seen[f.Key] = true
	}
}

func TestRates(t *testing.T) {
	p := plan()
	p.Over = 1000 * time.Second
	quarters := map[Rate][4]int{
		AllAtOnce: {1000, 0, 0, 0}, Steady: {250, 250, 250, 250}, Burst: {300, 200, 300, 200},
		Ramp: {63, 188, 312, 437},
	}
	for _, rate := range Rates {
		p.Rate = rate
		times := p.times(1000)
		if !slices.IsSorted(times) || times[999] >= p.Over && rate != AllAtOnce {
			t.Errorf("%s: times are not ascending within %s", rate, p.Over)
		}
		var got [4]int
		for _, at := range times {
			got[int(at*4/p.Over)]++
		}
		want, ok := quarters[rate]
		if !ok {
			want = [4]int{250, 250, 250, 250}
		}
		for q := range got {
			if d := got[q] - want[q]; d < -60 || d > 60 || ok && (d < -2 || d > 2) {
				t.Errorf("%s: %v deliveries a quarter, want about %v", rate, got, want)
				break
			}
		}
	}
}

func TestDeliveriesWaitForTheirTime(t *testing.T) {
	p := plan()
	p.Days, p.FilesPerDay, p.DuplicatePercent, p.OverwritePercent = 1, 4, 0, 0
	p.Rate, p.Over = Steady, 400*time.Millisecond
	began := time.Now()
	run(t, p)
	if took := time.Since(began); took < 300*time.Millisecond {
		t.Errorf("four files over 400 ms took %s, want at least 300 ms", took)
	}
}

func TestCheckRefusesPlansThatMakeNoSense(t *testing.T) {
	for name, change := range map[string]func(*Plan){
		"date": func(p *Plan) { p.From = "2025-02-30" }, "days": func(p *Plan) { p.Days = 0 },
		"files": func(p *Plan) { p.FilesPerDay = maxFiles }, "size": func(p *Plan) { p.FileBytes = 0 },
		"shape": func(p *Plan) { p.Shape = "square" }, "rate": func(p *Plan) { p.Rate = "often" },
		"time": func(p *Plan) { p.Rate = Steady }, "changes": func(p *Plan) { p.SchemaChanges = -1 },
		"percent": func(p *Plan) { p.BadRecordPercent = 101 }, "sum": func(p *Plan) { p.BadNamePercent = 90 },
	} {
		p := plan()
		change(&p)
		if p.Check() == nil {
			t.Errorf("%s: not refused", name)
		}
	}
	for _, shape := range records.Shapes() {
		p := plan()
		if p.Shape = shape; p.Check() != nil {
			t.Errorf("%s is refused: %v", shape, p.Check())
		}
	}
}

// rows is a ledger for Compare.
type rows []pipeline.File

func (r rows) Files(_ context.Context, date string, _ pipeline.Status) iter.Seq2[pipeline.File, error] {
	return func(yield func(pipeline.File, error) bool) {
		for _, f := range r {
			if f.DatePrefix == date && !yield(f, nil) {
				return
			}
		}
	}
}

func TestCompare(t *testing.T) {
	s := Summary{Files: []File{
		{Key: "2025-01-17-a.ndjson", Date: "2025-01-17", Status: pipeline.Completed,
			Versions: []Version{{Rows: 5, Rejected: 1}, {Rows: 7}}},
		{Key: "b.ndjson", Date: pipeline.Undated, Status: pipeline.Quarantined, Reason: pipeline.ReasonNoDate,
			Versions: []Version{{Rows: 3}}},
	}}
	file := func(date, key string, status pipeline.Status, reason string, rows, rejected int64) pipeline.File {
		return pipeline.File{DatePrefix: date, Key: key, Status: status, Reason: reason,
			Counts: pipeline.Counts{Rows: rows, Rejected: rejected}}
	}
	b := file(pipeline.Undated, "b.ndjson", pipeline.Quarantined, pipeline.ReasonNoDate, 0, 0)
	further := "2025-01-17-a.ndjson#0123456789ab"
	for name, c := range map[string]struct {
		rows rows
		want string // part of the finding; empty for none
	}{
		"as expected": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Completed, "", 5, 1), b},
			""},
		"replaced before": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Completed, "", 7, 0), b},
			""},
		"kept beside": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Completed, "", 5, 1),
			file("2025-01-17", further, pipeline.Quarantined, pipeline.ReasonOverwritten, 0, 0), b}, ""},
		"another's file": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Completed, "", 5, 1),
			file("2025-01-17", "2025-01-17-z.ndjson", pipeline.Failed, "missing", 0, 0), b}, ""},
		"row lost": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Completed, "", 4, 1), b},
			"4 rows and 1 rejected lines: expected 5 and 1, or 7 and 0"},
		"only the kept one": {rows{file("2025-01-17", further, pipeline.Quarantined, pipeline.ReasonOverwritten,
			0, 0), b}, "none of its versions"},
		"missing": {rows{b}, "not in the ledger"},
		"waits": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Pending, "", 0, 0), b},
			"pending"},
		"failed": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Failed, "conflict", 0, 0),
			b}, "failed conflict"},
		"quarantined for a reason": {rows{file("2025-01-17", "2025-01-17-a.ndjson", pipeline.Completed, "", 5, 1),
			file(pipeline.Undated, "b.ndjson", pipeline.Quarantined, "bad-date", 0, 0)}, "quarantined bad-date"},
	} {
		got, err := Compare(t.Context(), s, c.rows)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case c.want == "" && len(got.Findings) > 0:
			t.Errorf("%s: %v, want no finding", name, got.Findings)
		case c.want != "" && (len(got.Findings) != 1 || !strings.Contains(got.Findings[0].Detail, c.want)):
			t.Errorf("%s: %v, want one finding with %q", name, got.Findings, c.want)
		}
	}
}
