package ledgertest

import (
	"slices"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

var running = []contract{
	{"Forget_RemovesRowsWhoseWorkIsOver", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admit(t, l, arrival(day, "stays", 1), pipeline.OverwriteQuarantine, at(0))
		b, files := claimed(t, l, day, 3)
		isError(t, "a batch under way", l.ForgetBatch(t.Context(), b.ID), pipeline.ErrState)
		isError(t, "a file under way", l.ForgetFile(t.Context(), day, files[0].Key), pipeline.ErrState)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(9)})
		admit(t, l, arrival(day, "waits", 1), pipeline.OverwriteQuarantine, at(10))
		waits := arrival(day, "waits", 1).Key
		for range 2 { // a repetition changes nothing
			isError(t, "batch", l.ForgetBatch(t.Context(), b.ID), nil)
			isError(t, "file", l.ForgetFile(t.Context(), day, waits), nil)
		}
		_, _, err := l.Batch(t.Context(), b.ID)
		isError(t, "the batch afterwards", err, pipeline.ErrNotFound)
		same(t, "batches", len(all(t, l.Batches(t.Context(), day))), 0)
		left := keys(all(t, l.Files(t.Context(), day, "")))
		summary, err := l.Summary(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		counted := 0
		for _, d := range summary {
			for _, n := range d.Files {
				counted += n
			}
		}
		same(t, "files counted", counted, len(left))
		for _, key := range append(keys(files), waits) {
			if slices.Contains(left, key) {
				t.Errorf("%s is still there", key)
			}
		}
		next, _ := claim(t, l, day, 1, 10, at(20))
		if next.ID == b.ID {
			t.Errorf("the id %s is used again", b.ID)
		}
	}},
	{"RecordAttempt_BatchAndFilesBecomeProcessing", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := claimed(t, l, day, 2)
		got, err := l.RecordAttempt(t.Context(), b.ID, at(5))
		if err != nil {
			t.Fatal(err)
		}
		want := b
		want.Status, want.Attempts, want.StartedAt, want.UpdatedAt = pipeline.Processing, 1, at(5), at(5)
		same(t, "returned", got, want)
		kept, files := batch(t, l, b.ID)
		same(t, "kept", kept, want)
		for _, f := range files {
			same(t, f.Key, []any{f.Status, f.Attempts, f.UpdatedAt}, []any{pipeline.Processing, 1, at(5)})
		}
	}},
	{"C21_Start_OfARunningBatchOnlyCountsTheAttempt", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 2)
		for i := 2; i <= 3; i++ {
			got, err := l.RecordAttempt(t.Context(), b.ID, at(10*i))
			if err != nil {
				t.Fatal(err)
			}
			want := b
			want.Attempts, want.UpdatedAt = i, at(10*i)
			same(t, "batch", got, want)
			_, files := batch(t, l, b.ID)
			same(t, "files", []any{files[0].Status, files[0].Attempts, files[1].Attempts},
				[]any{pipeline.Processing, i, i})
		}
	}},
	{"RecordAttempt_OfAnEndedBatchIsRefused", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 1)
		for _, s := range []pipeline.Status{pipeline.Failed, pipeline.Completed} {
			settle(t, l, pipeline.Settlement{ID: b.ID, Status: s, Now: at(5)})
			_, err := l.RecordAttempt(t.Context(), b.ID, at(6))
			isError(t, string(s), err, pipeline.ErrState)
			kept, files := batch(t, l, b.ID)
			same(t, "statuses", []pipeline.Status{kept.Status, files[0].Status}, []pipeline.Status{s, s})
		}
	}},
	{"RecordAttempt_Settle_Retry_Batch_UnknownBatchIsNotFound", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		claimed(t, l, day, 1)
		for _, id := range []pipeline.BatchID{day + "-0009-20250117-143100", "2024-01-01-0001-20240101-000000",
			"nonsense", ""} {
			_, err := l.RecordAttempt(t.Context(), id, at(1))
			isError(t, "start", err, pipeline.ErrNotFound)
			_, err = l.Settle(t.Context(), pipeline.Settlement{ID: id, Status: pipeline.Completed, Now: at(1)})
			isError(t, "settle", err, pipeline.ErrNotFound)
			_, err = l.Retry(t.Context(), id, at(1))
			isError(t, "retry", err, pipeline.ErrNotFound)
			_, _, err = l.Batch(t.Context(), id)
			isError(t, "batch", err, pipeline.ErrNotFound)
		}
	}},
	{"Settle_CompletedWritesOutcomesOutputsAndCounts", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 4)
		outputs := []pipeline.Output{{Key: "merged-parquet-2025-01-17/part-x", Rows: 8, Size: 99, SHA256: "abc"},
			{Key: "y"}}
		counts := pipeline.Counts{Lines: 10, Rows: 7, Rejected: 2, Blank: 1, Rescued: 5}
		settle(t, l, pipeline.Settlement{
			ID: b.ID, Status: pipeline.Completed, Engine: "native", Outputs: outputs, Now: at(20),
			Files: map[string]pipeline.FileResult{
				files[0].Key: {Status: pipeline.Completed, Counts: counts},
				files[1].Key: {Status: pipeline.Completed, Counts: pipeline.Counts{Lines: 1, Rows: 1}},
				files[2].Key: {Status: pipeline.Quarantined, Reason: pipeline.ReasonTooManyRejects, Detail: "90 %",
					Counts: counts},
				"unknown": {Status: pipeline.Failed, Reason: pipeline.ReasonMissing},
			},
		})
		want := b
		want.Status, want.Engine, want.Outputs, want.UpdatedAt, want.EndedAt = pipeline.Completed, "native", outputs,
			at(20), at(20)
		want.Counts = pipeline.Counts{Lines: 11, Rows: 8, Rejected: 2, Blank: 1, Rescued: 5}
		kept, rows := batch(t, l, b.ID)
		same(t, "batch", kept, want)
		for i := range files {
			files[i].Status, files[i].UpdatedAt, files[i].Attempts = pipeline.Completed, at(20), 0
		}
		files[0].Counts, files[1].Counts = counts, pipeline.Counts{Lines: 1, Rows: 1}
		refused := &files[2]
		refused.Status, refused.Reason, refused.Detail = pipeline.Quarantined, pipeline.ReasonTooManyRejects, "90 %"
		refused.Attempts = 1
		same(t, "files", rows, files)
	}},
	{"C19_Settle_OneBadFileLeavesItsNeighboursCompleted", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 10)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(20),
			Files: map[string]pipeline.FileResult{
				files[4].Key: {Status: pipeline.Quarantined, Reason: pipeline.ReasonTooManyRejects}}})
		sums, err := l.Summary(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "files", sums[0].Files, map[pipeline.Status]int{pipeline.Completed: 9, pipeline.Quarantined: 1})
	}},
	{"C20_C21_Settle_SecondTimeChangesNothing", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 2)
		for _, status := range []pipeline.Status{pipeline.Failed, pipeline.Completed} {
			s := pipeline.Settlement{ID: b.ID, Status: status, Engine: "native", Error: "boom", Now: at(20)}
			same(t, "the first changes the batch", settle(t, l, s), true)
			kept, files := batch(t, l, b.ID)
			for range 2 {
				s.Now = s.Now.Add(time.Second)
				same(t, "a repetition changes the batch", settle(t, l, s), false)
				again, rows := batch(t, l, b.ID)
				same(t, "batch", again, kept)
				same(t, "files", rows, files)
			}
		}
	}},
	{"Settle_LateFailureNeverUndoesASuccess", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 2)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(20)})
		kept, files := batch(t, l, b.ID)
		changed := settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Error: "too late", Now: at(21)})
		same(t, "the late failure changes the batch", changed, false)
		again, rows := batch(t, l, b.ID)
		same(t, "batch", again, kept)
		same(t, "files", rows, files)
	}},
	{"C16_Settle_LateSuccessUndoesAFailure", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 2)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Error: "given up", Now: at(20)})
		changed := settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Engine: "glue", Now: at(21)})
		same(t, "the late success changes the batch", changed, true)
		kept, files := batch(t, l, b.ID)
		same(t, "batch", []any{kept.Status, kept.Error, kept.Engine, kept.EndedAt},
			[]any{pipeline.Completed, "", "glue", at(21)})
		for _, f := range files {
			same(t, f.Key, []any{f.Status, f.Reason, f.Detail}, []any{pipeline.Completed, "", ""})
		}
	}},
	{"C13_Settle_BatchThatNeverStartedCanFail", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := claimed(t, l, day, 1)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Error: "cannot start", Now: at(20)})
		kept, files := batch(t, l, b.ID)
		same(t, "statuses", []pipeline.Status{kept.Status, files[0].Status},
			[]pipeline.Status{pipeline.Failed, pipeline.Failed})
	}},
	{"Settle_FailedMakesEveryFileBatchFailed", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 2)
		settle(t, l, pipeline.Settlement{
			ID: b.ID, Status: pipeline.Failed, Engine: "native", Error: "disk full", Now: at(20),
			Files:   map[string]pipeline.FileResult{files[0].Key: {Status: pipeline.Completed}},
			Outputs: []pipeline.Output{{Key: "x"}},
		})
		want := b
		want.Status, want.Engine, want.Error, want.UpdatedAt, want.EndedAt = pipeline.Failed, "native", "disk full",
			at(20), at(20)
		kept, rows := batch(t, l, b.ID)
		same(t, "batch", kept, want)
		for i := range files {
			f := &files[i]
			f.Status, f.Reason, f.Detail, f.UpdatedAt = pipeline.Failed, pipeline.ReasonBatchFailed, "disk full", at(20)
		}
		same(t, "files", rows, files)
	}},
	{"Settle_ReplaceRewritesACompletedBatchAndNothingElse", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 2)
		replacement := pipeline.Settlement{
			ID: b.ID, Status: pipeline.Completed, Engine: "native", Replace: true, Now: at(30),
			Outputs: []pipeline.Output{{Key: "new"}},
			Files: map[string]pipeline.FileResult{files[1].Key: {Status: pipeline.Completed,
				Counts: pipeline.Counts{Lines: 4, Rows: 4, Rescued: 9}}},
		}
		_, err := l.Settle(t.Context(), replacement)
		isError(t, "processing", err, pipeline.ErrState)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Engine: "glue", Now: at(20),
			Outputs: []pipeline.Output{{Key: "old"}}})
		settle(t, l, replacement)
		kept, rows := batch(t, l, b.ID)
		same(t, "batch", []any{kept.Outputs, kept.Rescued, kept.Engine, kept.EndedAt, kept.UpdatedAt},
			[]any{replacement.Outputs, int64(9), "native", at(20), at(30)})
		same(t, "counts", []int64{rows[0].Rescued, rows[1].Rescued}, []int64{0, 9})
	}},
	{"Settle_RefusesAnOutcomeThatIsNone", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 1)
		if _, err := l.Settle(t.Context(),
			pipeline.Settlement{ID: b.ID, Status: pipeline.Processing, Now: at(20)}); err == nil {
			t.Fatal("no error")
		}
		kept, _ := batch(t, l, b.ID)
		same(t, "status", kept.Status, pipeline.Processing)
	}},
	{"C22_Retry_FailedBatchGoesBackToManifested", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 2)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Engine: "native", Error: "disk full",
			Now: at(20)})
		got, err := l.Retry(t.Context(), b.ID, at(30))
		if err != nil {
			t.Fatal(err)
		}
		want := b
		want.Status, want.Engine, want.Retries, want.Attempts, want.UpdatedAt, want.StartedAt = pipeline.Manifested,
			"native", 1, 0, at(30), time.Time{}
		same(t, "returned", got, want)
		kept, files := batch(t, l, b.ID)
		same(t, "kept", kept, want)
		for _, f := range files {
			same(t, f.Key, []any{f.Status, f.Reason, f.Detail, f.Attempts, f.BatchID},
				[]any{pipeline.Manifested, "", "", 0, b.ID})
		}
		_, err = l.Retry(t.Context(), b.ID, at(31))
		isError(t, "again", err, pipeline.ErrState)
	}},
	{"Retry_OfAnythingElseIsRefused", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := claimed(t, l, day, 1)
		_, err := l.Retry(t.Context(), b.ID, at(5))
		isError(t, "manifested", err, pipeline.ErrState)
		if _, err := l.RecordAttempt(t.Context(), b.ID, at(6)); err != nil {
			t.Fatal(err)
		}
		_, err = l.Retry(t.Context(), b.ID, at(7))
		isError(t, "processing", err, pipeline.ErrState)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(8)})
		_, err = l.Retry(t.Context(), b.ID, at(9))
		isError(t, "completed", err, pipeline.ErrState)
	}},
	{"C17_AttemptsStartAfreshAfterRetryAndSuccess", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 1)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Now: at(5)})
		if _, err := l.Retry(t.Context(), b.ID, at(6)); err != nil {
			t.Fatal(err)
		}
		got, err := l.RecordAttempt(t.Context(), b.ID, at(7))
		if err != nil {
			t.Fatal(err)
		}
		_, files := batch(t, l, b.ID)
		same(t, "after the retry", []int{got.Attempts, files[0].Attempts}, []int{1, 1})
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(8)})
		_, files = batch(t, l, b.ID)
		same(t, "after the success", files[0].Attempts, 0)
	}},
	{"RetryFile_UnreadableAndMissingFilesBecomePending", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 3)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(10),
			Files: map[string]pipeline.FileResult{
				files[0].Key: {Status: pipeline.Failed, Reason: pipeline.ReasonUnreadable, Detail: "truncated"},
				files[2].Key: {Status: pipeline.Failed, Reason: pipeline.ReasonMissing},
			}})
		for _, f := range []pipeline.File{files[0], files[2]} {
			got, err := l.RetryFile(t.Context(), day, f.Key, at(20))
			if err != nil {
				t.Fatal(err)
			}
			want := f
			want.Status, want.BatchID, want.Attempts, want.UpdatedAt = pipeline.Pending, "", 0, at(20)
			same(t, "returned", got, want)
			same(t, "kept", row(t, l, day, f.Key), want)
		}
		_, left := batch(t, l, b.ID)
		same(t, "the batch's files", keys(left), []string{files[1].Key})
		next, again := claim(t, l, day, 1, 10, at(21))
		same(t, "claimed again", keys(again), []string{files[0].Key, files[2].Key})
		same(t, "batch", next.FileCount, 2)
	}},
	{"RetryFile_OfAnythingElseIsRefused", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		refused := func(what, key string, kind error) {
			t.Helper()
			_, err := l.RetryFile(t.Context(), day, key, at(30))
			isError(t, what, err, kind)
		}
		refused("unknown", "unknown", pipeline.ErrNotFound)
		f := admit(t, l, arrival(day, "x", 1), pipeline.OverwriteQuarantine, at(1)).File
		refused("pending", f.Key, pipeline.ErrState)
		b, files := claim(t, l, day, 1, 1, at(2))
		refused("manifested", f.Key, pipeline.ErrState)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Error: "boom", Now: at(3)})
		refused("batch-failed", f.Key, pipeline.ErrState)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(4)})
		refused("completed", f.Key, pipeline.ErrState)
		for _, result := range []pipeline.FileResult{
			{Status: pipeline.Failed, Reason: pipeline.ReasonConflict},
			{Status: pipeline.Quarantined, Reason: pipeline.ReasonTooManyRejects},
		} {
			settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Replace: true, Now: at(5),
				Files: map[string]pipeline.FileResult{files[0].Key: result}})
			refused(result.Reason, f.Key, pipeline.ErrState)
		}
	}},
	{"Settle_IsolatedFilesBecomeBatchesOfTheirOwn", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 2)
		isolated := pipeline.FileResult{Status: pipeline.Pending, Reason: pipeline.ReasonIsolated,
			Detail: "failed twice"}
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(20),
			Files: map[string]pipeline.FileResult{files[0].Key: isolated, files[1].Key: isolated}})
		for _, f := range files {
			got := row(t, l, day, f.Key)
			same(t, f.Key, []any{got.Status, got.BatchID, got.Reason, got.Attempts, got.CreatedAt},
				[]any{pipeline.Pending, pipeline.BatchID(""), pipeline.ReasonIsolated, 0, f.CreatedAt})
		}
		admit(t, l, arrival(day, "new", 1), pipeline.OverwriteQuarantine, at(21))
		for _, f := range files {
			_, claimed := claim(t, l, day, 5, 10, at(22))
			same(t, "claimed", keys(claimed), []string{f.Key})
		}
		rest, _ := claim(t, l, day, 5, 10, at(23))
		same(t, "the rest is below the minimum", rest.ID, pipeline.BatchID(""))
	}},
	{"Settle_ChangesNoFileOfAnotherBatch", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		first, files := started(t, l, day, 2)
		outcome := pipeline.Settlement{ID: first.ID, Status: pipeline.Completed, Now: at(10),
			Files: map[string]pipeline.FileResult{files[0].Key: {Status: pipeline.Failed,
				Reason: pipeline.ReasonMissing}}}
		settle(t, l, outcome)
		admit(t, l, arrival(day, "00", 2), pipeline.OverwriteQuarantine, at(11))
		second, _ := claim(t, l, day, 1, 1, at(12))
		if _, err := l.RecordAttempt(t.Context(), second.ID, at(13)); err != nil {
			t.Fatal(err)
		}
		before := row(t, l, day, files[0].Key)
		same(t, "its batch", before.BatchID, second.ID)
		outcome.Replace, outcome.Now = true, at(14)
		settle(t, l, outcome)
		same(t, "the file of the second batch", row(t, l, day, files[0].Key), before)
	}},
	{"C10_Stale_FindsWhatACrashLeft", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		stale := func(before time.Time) []pipeline.BatchID {
			return ids(all(t, l.Stale(t.Context(), before, at(59))))
		}
		same(t, "none", stale(at(59)), []pipeline.BatchID(nil))
		a, _ := started(t, l, day, 1)   // updated at 2
		b, _ := claimed(t, l, later, 3) // updated at 3
		same(t, "before either", stale(at(2)), []pipeline.BatchID(nil))
		same(t, "between", stale(at(3)), []pipeline.BatchID{a.ID})
		same(t, "both, oldest first", stale(at(4)), []pipeline.BatchID{a.ID, b.ID})
		if _, err := l.RecordAttempt(t.Context(), a.ID, at(10)); err != nil {
			t.Fatal(err)
		}
		same(t, "started again", stale(at(10)), []pipeline.BatchID{b.ID})
		same(t, "oldest first", stale(at(11)), []pipeline.BatchID{b.ID, a.ID})
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Now: at(12)})
		settle(t, l, pipeline.Settlement{ID: a.ID, Status: pipeline.Completed, Now: at(12)})
		same(t, "ended", stale(at(59)), []pipeline.BatchID(nil))
		if _, err := l.Retry(t.Context(), b.ID, at(13)); err != nil {
			t.Fatal(err)
		}
		same(t, "retried", stale(at(14)), []pipeline.BatchID{b.ID})
	}},
}
