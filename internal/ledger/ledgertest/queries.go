package ledgertest

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

var queries = []contract{
	{"C23_PendingDates_OldestFirstWithTheirOldestArrival", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		none, err := l.PendingDates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "none", none, []pipeline.PendingDate(nil))
		admit(t, l, arrival(later, "a", 1), pipeline.OverwriteQuarantine, at(0))
		admitted(t, l, day, 3)
		admit(t, l, arrival("2024-12-31", "a", 1), pipeline.OverwriteQuarantine, at(9))
		admit(t, l, invalid(arrival(pipeline.Undated, "a", 1), pipeline.ReasonNoDate), pipeline.OverwriteQuarantine,
			at(0))
		want := []pipeline.PendingDate{{Date: "2024-12-31", Oldest: at(9)}, {Date: day, Oldest: at(0)},
			{Date: later, Oldest: at(0)}}
		got, err := l.PendingDates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "dates", got, want)
		claim(t, l, later, 1, 1, at(20))
		claim(t, l, day, 2, 2, at(20))
		if got, err = l.PendingDates(t.Context()); err != nil {
			t.Fatal(err)
		}
		same(t, "after claims", got, []pipeline.PendingDate{{Date: "2024-12-31", Oldest: at(9)},
			{Date: day, Oldest: at(2)}})
		admit(t, l, arrival(later, "b", 1), pipeline.OverwriteQuarantine, at(30))
		if got, err = l.PendingDates(t.Context()); err != nil {
			t.Fatal(err)
		}
		same(t, "a date that was empty", got[2], pipeline.PendingDate{Date: later, Oldest: at(30)})
	}},
	{"File_Versions_UnknownIsNotFound", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 1)
		for _, date := range []string{day, later} {
			_, err := l.File(t.Context(), date, "nowhere")
			isError(t, "file", err, pipeline.ErrNotFound)
			_, err = l.Versions(t.Context(), date, "nowhere")
			isError(t, "versions", err, pipeline.ErrNotFound)
		}
	}},
	{"Versions_OnlyThoseOfTheKeyByArrival", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		claimed(t, l, day, 1)
		key := day + "-00.ndjson"
		other := arrival(day, "x", 1)
		other.Key = key + "#not-a-version"
		admit(t, l, other, pipeline.OverwriteQuarantine, at(5))
		want := []string{key}
		for i := 9; i >= 2; i-- {
			a := admit(t, l, arrival(day, "00", 20-i), pipeline.OverwriteAppend, at(20-i))
			want = append(want, a.File.Key)
		}
		got, err := l.Versions(t.Context(), day, key)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "versions", keys(got), want)
	}},
	{"Files_ByDateAndKeyAndStatus", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, later, 2)
		claimed(t, l, day, 3)
		admit(t, l, arrival(day, "zz", 1), pipeline.OverwriteQuarantine, at(9))
		bad := invalid(arrival(pipeline.Undated, "u", 1), pipeline.ReasonNoDate)
		admit(t, l, bad, pipeline.OverwriteQuarantine, at(9))
		name := func(date, n string) string { return date + "-" + n + ".ndjson" }
		ofDay := []string{name(day, "00"), name(day, "01"), name(day, "02"), name(day, "zz")}
		same(t, "all", keys(all(t, l.Files(t.Context(), "", ""))),
			append(ofDay, name(later, "00"), name(later, "01"), bad.Key))
		same(t, "of a date", keys(all(t, l.Files(t.Context(), day, ""))), ofDay)
		same(t, "of a status", keys(all(t, l.Files(t.Context(), "", pipeline.Pending))),
			[]string{name(day, "zz"), name(later, "00"), name(later, "01")})
		same(t, "of both", keys(all(t, l.Files(t.Context(), day, pipeline.Manifested))), ofDay[:3])
		same(t, "of neither", keys(all(t, l.Files(t.Context(), "2020-01-01", pipeline.Failed))), []string(nil))
	}},
	{"FilesAfter_FromTheKeyThatFollows", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		fill(t, l, day, 600)
		fill(t, l, later, 2)
		key := func(n int) string { return arrival(day, fmt.Sprintf("%06d", n), 1).Key }
		_, files := claim(t, l, day, 3, 3, at(900))
		claimedKeys := slices.Sorted(slices.Values(keys(files)))
		got := keys(all(t, l.FilesAfter(t.Context(), day, key(41), "")))
		same(t, "count", len(got), 558)
		same(t, "first", got[0], key(42))
		same(t, "last", got[557], key(599))
		same(t, "from the start", len(all(t, l.FilesAfter(t.Context(), day, "", ""))), 600)
		same(t, "of a status", keys(all(t, l.FilesAfter(t.Context(), day, claimedKeys[0], pipeline.Manifested))),
			claimedKeys[1:])
		same(t, "after a key that does not exist", keys(all(t, l.FilesAfter(t.Context(), day, key(598)+"x", ""))),
			[]string{key(599)})
		same(t, "after the last", keys(all(t, l.FilesAfter(t.Context(), day, key(599), ""))), []string(nil))
	}},
	{"LatestBatches_HighestNumberFirst", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, later, 1)
		claim(t, l, later, 1, 1, at(50))
		admitted(t, l, day, 12)
		var want []pipeline.BatchID
		for i := range 12 {
			b, _ := claim(t, l, day, 1, 1, at(50-i)) // the order is by number, not by time
			want = append([]pipeline.BatchID{b.ID}, want...)
		}
		var got []pipeline.BatchID
		for _, b := range all(t, l.LatestBatches(t.Context(), day)) {
			got = append(got, b.ID)
		}
		same(t, "batches", got, want)
	}},
	{"Files_Batches_Stale_ConsumerMayStopAndMayUseTheLedger", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 3)
		for i := range 2 {
			claim(t, l, day, 1, 1, at(20+i))
		}
		seen := 0
		for f, err := range l.Files(t.Context(), "", "") {
			if err != nil {
				t.Fatal(err)
			}
			row(t, l, f.DatePrefix, f.Key)
			for b, err := range l.Batches(t.Context(), "") {
				if err != nil {
					t.Fatal(err)
				}
				for s, err := range l.Stale(t.Context(), at(50), at(50)) {
					if err != nil {
						t.Fatal(err)
					}
					if _, err := l.RecordAttempt(t.Context(), s.ID, at(22)); err != nil {
						t.Fatal(err)
					}
					seen++
					break
				}
				batch(t, l, b.ID)
				break
			}
		}
		same(t, "seen", seen, 3)
	}},
	{"Files_MoreThanAPage", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		fill(t, l, day, 1300)
		fill(t, l, later, 7)
		got := all(t, l.Files(t.Context(), "", pipeline.Pending))
		same(t, "count", len(got), 1307)
		for i, f := range got[:1300] {
			if want := arrival(day, fmt.Sprintf("%06d", i), 1).Key; f.Key != want {
				t.Fatalf("file %d is %s, want %s", i, f.Key, want)
			}
		}
	}},
	{"Batches_ByDateAndNumber", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		var want []pipeline.BatchID
		for _, date := range []string{later, day} {
			admitted(t, l, date, 3)
			var of []pipeline.BatchID
			for i := range 3 {
				b, _ := claim(t, l, date, 1, 1, at(50-i))
				of = append(of, b.ID)
			}
			same(t, "of a date", ids(all(t, l.Batches(t.Context(), date))), of)
			want = append(of, want...)
		}
		same(t, "all", ids(all(t, l.Batches(t.Context(), ""))), want)
		same(t, "of no date", ids(all(t, l.Batches(t.Context(), "2020-01-01"))), []pipeline.BatchID(nil))
	}},
	{"Summary_CountsFilesByDateAndStatus", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 3)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(9),
			Files: map[string]pipeline.FileResult{
				files[0].Key: {Status: pipeline.Completed,
					Counts: pipeline.Counts{Lines: 10, Rows: 7, Rejected: 2, Blank: 1, Rescued: 5}},
				files[1].Key: {Status: pipeline.Completed, Counts: pipeline.Counts{Lines: 1, Rows: 1}},
				files[2].Key: {Status: pipeline.Failed, Reason: pipeline.ReasonMissing},
			}})
		admit(t, l, arrival(day, "p", 1), pipeline.OverwriteQuarantine, at(10))
		admit(t, l, invalid(arrival(pipeline.Undated, "u", 1), pipeline.ReasonNoDate), pipeline.OverwriteQuarantine,
			at(10))
		admitted(t, l, later, 1)
		ofDay := pipeline.DateSummary{
			Date: day, Files: map[pipeline.Status]int{pipeline.Completed: 2, pipeline.Failed: 1, pipeline.Pending: 1},
			Bytes:  4004,
			Counts: pipeline.Counts{Lines: 11, Rows: 8, Rejected: 2, Blank: 1, Rescued: 5},
		}
		sums, err := l.Summary(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		same(t, "all", sums, []pipeline.DateSummary{
			ofDay,
			{Date: later, Files: map[pipeline.Status]int{pipeline.Pending: 1}, Bytes: 1001},
			{Date: pipeline.Undated, Files: map[pipeline.Status]int{pipeline.Quarantined: 1}, Bytes: 1001},
		})
		if sums, err = l.Summary(t.Context(), day); err != nil {
			t.Fatal(err)
		}
		same(t, "of a date", sums, []pipeline.DateSummary{ofDay})
		if sums, err = l.Summary(t.Context(), "2020-01-01"); err != nil {
			t.Fatal(err)
		}
		same(t, "of no date", sums, []pipeline.DateSummary(nil))
	}},
	{"EveryMethodStopsForACallerThatHasGone", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 1)
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		calls := map[string]func() error{
			"Admit": func() error {
				_, err := l.Admit(gone, pipeline.AdmitRequest{File: arrival(day, "new", 1), Now: at(9)})
				return err
			},
			"Unseen":        func() error { _, err := l.Unseen(gone, files); return err },
			"Claim":         func() error { _, _, err := l.Claim(gone, claimOf(day, 1, 1, at(9))); return err },
			"RecordAttempt": func() error { _, err := l.RecordAttempt(gone, b.ID, at(9)); return err },
			"Settle": func() error {
				_, err := l.Settle(gone, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Now: at(9)})
				return err
			},
			"Retry":        func() error { _, err := l.Retry(gone, b.ID, at(9)); return err },
			"RetryFile":    func() error { _, err := l.RetryFile(gone, day, files[0].Key, at(9)); return err },
			"Release":      func() error { _, err := l.Release(gone, day, files[0].Key, "p", "", at(9)); return err },
			"Batch":        func() error { _, _, err := l.Batch(gone, b.ID); return err },
			"PendingDates": func() error { _, err := l.PendingDates(gone); return err },
			"File":         func() error { _, err := l.File(gone, day, files[0].Key); return err },
			"Versions":     func() error { _, err := l.Versions(gone, day, files[0].Key); return err },
			"Summary":      func() error { _, err := l.Summary(gone, ""); return err },
			"Stale": func() error {
				for _, err := range l.Stale(gone, at(50), at(50)) {
					return err
				}
				return nil
			},
			"Files": func() error {
				for _, err := range l.Files(gone, "", "") {
					return err
				}
				return nil
			},
			"Batches": func() error {
				for _, err := range l.Batches(gone, "") {
					return err
				}
				return nil
			},
		}
		for name, call := range calls {
			isError(t, name, call(), context.Canceled)
		}
		kept, rows := batch(t, l, b.ID)
		same(t, "batch", kept.Status, pipeline.Processing)
		same(t, "files", rows, files)
		same(t, "rows", len(all(t, l.Files(t.Context(), "", ""))), 1)
	}},
	{"TimesAreKeptInUTCToTheMicrosecond", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		moment := time.Date(2025, 1, 17, 23, 59, 59, 999_999_999, time.FixedZone("west", -5*3600))
		want := time.Date(2025, 1, 18, 4, 59, 59, 999_999_000, time.UTC)
		f := admit(t, l, arrival(day, "a", 1), pipeline.OverwriteQuarantine, moment).File
		same(t, "file", row(t, l, day, f.Key).CreatedAt, want)
		b, _ := claim(t, l, day, 1, 1, moment)
		same(t, "id", b.ID, pipeline.BatchID(day+"-0001-20250118-045959"))
		if _, err := l.RecordAttempt(t.Context(), b.ID, moment); err != nil {
			t.Fatal(err)
		}
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: moment})
		kept, _ := batch(t, l, b.ID)
		same(t, "batch", []time.Time{kept.CreatedAt, kept.UpdatedAt, kept.StartedAt, kept.EndedAt},
			[]time.Time{want, want, want, want})
		same(t, "zone", kept.CreatedAt.Location().String(), "UTC")
	}},
}
