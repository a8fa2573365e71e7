package ledgertest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

var admission = []contract{
	{"Admit_NoRow_FileIsRecordedWithItsStatus", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		f := arrival(day, "a", 1)
		f.VersionID, f.ReadETag = "v-1", "read"
		got := admit(t, l, f, pipeline.OverwriteQuarantine, at(3).Add(999*time.Nanosecond))
		want := f
		want.CreatedAt, want.UpdatedAt = at(3), at(3)
		same(t, "admission", got, pipeline.Admission{Verdict: pipeline.Admitted, File: want})
		same(t, "row", row(t, l, day, f.Key), want)

		bad := invalid(arrival(pipeline.Undated, "b", 1), pipeline.ReasonNoDate)
		admit(t, l, bad, pipeline.OverwriteQuarantine, at(4))
		r := row(t, l, pipeline.Undated, bad.Key)
		same(t, "reason", []string{string(r.Status), r.Reason, r.Detail},
			[]string{"quarantined", "no-date", "a sentence"})
	}},
	{"Admit_RefusesWhatCannotArrive", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		for name, f := range map[string]pipeline.File{
			"no key":          {DatePrefix: day, Status: pipeline.Pending},
			"no date":         {Key: "k", Status: pipeline.Pending},
			"completed":       {DatePrefix: day, Key: "k", Status: pipeline.Completed},
			"pending undated": {DatePrefix: pipeline.Undated, Key: "k", Status: pipeline.Pending},
		} {
			if _, err := l.Admit(t.Context(), pipeline.AdmitRequest{File: f, Now: at(0)}); err == nil {
				t.Errorf("%s: admitted", name)
			}
		}
		same(t, "rows", all(t, l.Files(t.Context(), "", "")), []pipeline.File(nil))
	}},
	{"C1_C21_Admit_SameVersion_IsKnownWhateverItsStatus", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		f := arrival(day, "00", 1)
		known := func(when string) {
			t.Helper()
			before := all(t, l.Files(t.Context(), "", ""))
			for _, p := range policies {
				a := admit(t, l, f, p, at(30))
				same(t, when, a, pipeline.Admission{Verdict: pipeline.Known, File: row(t, l, day, f.Key)})
			}
			same(t, when+": rows", all(t, l.Files(t.Context(), "", "")), before)
		}
		admit(t, l, f, pipeline.OverwriteQuarantine, at(0))
		known("pending")
		b, _ := claim(t, l, day, 1, 1, at(1))
		known("manifested")
		if _, err := l.RecordAttempt(t.Context(), b.ID, at(2)); err != nil {
			t.Fatal(err)
		}
		known("processing")
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Now: at(3)})
		known("failed")
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(4)})
		known("completed")
	}},
	{"Admit_VersionIDTellsVersionsApartBeforeETag", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		f := arrival(day, "a", 1)
		f.VersionID = "v1"
		admit(t, l, f, pipeline.OverwriteQuarantine, at(0))
		f.VersionID, f.Sequencer = "v2", "0002"
		same(t, "same ETag, other VersionID", admit(t, l, f, pipeline.OverwriteQuarantine, at(1)).Verdict,
			pipeline.Admitted)
		f.VersionID = ""
		same(t, "same ETag, VersionID unknown", admit(t, l, f, pipeline.OverwriteQuarantine, at(2)).Verdict,
			pipeline.Known)
	}},
	{"C2_Admit_OlderSequencerNeverBeatsNewer", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		f := arrival(day, "a", 2)
		f.Sequencer = "0A"
		kept := admit(t, l, f, pipeline.OverwriteAppend, at(0)).File
		old := arrival(day, "a", 1)
		for _, s := range []string{"0", "09", "09FFFF"} { // "0" padded on the right is "00"
			old.Sequencer = s
			same(t, "sequencer "+s, admit(t, l, old, pipeline.OverwriteAppend, at(1)),
				pipeline.Admission{Verdict: pipeline.Older, File: kept})
		}
		claim(t, l, day, 1, 1, at(2))
		same(t, "after the claim", admit(t, l, old, pipeline.OverwriteAppend, at(3)).Verdict, pipeline.Older)
		same(t, "rows", len(all(t, l.Files(t.Context(), "", ""))), 1)
	}},
	{"C4_Admit_NewVersionOfPendingFileReplacesItAndKeepsItsPlace", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 2)
		f := arrival(day, "00", 2)
		want := f
		want.CreatedAt, want.UpdatedAt = at(0), at(9)
		same(t, "admission", admit(t, l, f, pipeline.OverwriteQuarantine, at(9)),
			pipeline.Admission{Verdict: pipeline.Admitted, File: want})
		same(t, "row", row(t, l, day, f.Key), want)
		_, files := claim(t, l, day, 1, 1, at(10))
		same(t, "claimed first", files[0].ETag, "etag-2")
	}},
	{"C4_Admit_InvalidNewVersionOfPendingFileIsNotClaimed", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 1)
		admit(t, l, invalid(arrival(day, "00", 2), pipeline.ReasonTooLarge), pipeline.OverwriteQuarantine, at(1))
		b, files := claim(t, l, day, 1, 1, at(2))
		same(t, "claim", len(files), 0)
		same(t, "batch", b, pipeline.Batch{})
	}},
	{"C4_Admit_NewVersionOfQuarantinedFileTakesItsRow", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admit(t, l, invalid(arrival(day, "a", 1), pipeline.ReasonTooSmall), pipeline.OverwriteQuarantine, at(0))
		f := arrival(day, "a", 2)
		admit(t, l, f, pipeline.OverwriteIgnore, at(1))
		f.CreatedAt, f.UpdatedAt = at(1), at(1)
		same(t, "row", row(t, l, day, f.Key), f)
	}},
	{"C4_C9_Admit_NewVersionOfFailedFileTakesItsRowAndForgetsTheOld", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 2)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(5),
			Files: map[string]pipeline.FileResult{
				day + "-00.ndjson": {Status: pipeline.Failed, Reason: pipeline.ReasonMissing, Detail: "gone"}}})
		f := arrival(day, "00", 2)
		same(t, "verdict", admit(t, l, f, pipeline.OverwriteIgnore, at(6)).Verdict, pipeline.Admitted)
		f.CreatedAt, f.UpdatedAt = at(6), at(6)
		same(t, "row", row(t, l, day, f.Key), f)
		_, files := batch(t, l, b.ID)
		same(t, "files that still belong to the batch", keys(files), []string{day + "-01.ndjson"})
	}},
	{"C4_Admit_NewVersionOfClaimedFileFollowsThePolicy", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		steps := []struct {
			name string
			do   func(pipeline.BatchID) error
		}{
			{"manifested", func(pipeline.BatchID) error { return nil }},
			{"processing", func(id pipeline.BatchID) error {
				_,
					err := l.RecordAttempt(t.Context(), id, at(3))
				return err
			}},
			{"batch-failed", func(id pipeline.BatchID) error {
				_, err := l.Settle(t.Context(),
					pipeline.Settlement{ID: id, Status: pipeline.Failed, Error: "boom", Now: at(4)})
				return err
			}},
			{"completed", func(id pipeline.BatchID) error {
				_, err := l.Settle(t.Context(), pipeline.Settlement{ID: id, Status: pipeline.Completed, Now: at(5)})
				return err
			}},
		}
		b, _ := claimed(t, l, day, 1)
		key := day + "-00.ndjson"
		for i, s := range steps {
			if err := s.do(b.ID); err != nil {
				t.Fatal(err)
			}
			base := row(t, l, day, key)
			ignored, kept, appended := arrival(day, "00", 10*i+10), arrival(day, "00", 10*i+11),
				arrival(day, "00", 10*i+12)

			a := admit(t, l, ignored, pipeline.OverwriteIgnore, at(20+i))
			same(t, s.name+": ignore", a, pipeline.Admission{Verdict: pipeline.Ignored, File: base})

			a = admit(t, l, kept, pipeline.OverwriteQuarantine, at(20+i))
			want := kept
			want.Key, want.Status, want.Reason = key+"#"+kept.Token(), pipeline.Quarantined, pipeline.ReasonOverwritten
			want.CreatedAt, want.UpdatedAt = at(20+i), at(20+i)
			same(t, s.name+": quarantine", a, pipeline.Admission{Verdict: pipeline.Overwritten, File: want})
			same(t, s.name+": row", row(t, l, day, want.Key), want)

			a = admit(t, l, appended, pipeline.OverwriteAppend, at(20+i))
			want = appended
			want.Key, want.CreatedAt, want.UpdatedAt = key+"#"+appended.Token(), at(20+i), at(20+i)
			same(t, s.name+": append", a, pipeline.Admission{Verdict: pipeline.Admitted, File: want})
			same(t, s.name+": row", row(t, l, day, want.Key), want)

			for _, p := range []pipeline.OverwritePolicy{pipeline.OverwriteQuarantine, pipeline.OverwriteAppend} {
				a = admit(t, l, appended, p, at(30))
				same(t, s.name+": again", a, pipeline.Admission{Verdict: pipeline.Known, File: want})
			}
			same(t, s.name+": the first version's row", row(t, l, day, key), base)
			versions, err := l.Versions(t.Context(), day, key)
			if err != nil {
				t.Fatal(err)
			}
			same(t, s.name+": versions", len(versions), 1+2*(i+1))
			same(t, s.name+": first version", versions[0], base)
		}
	}},
	{"C4_C21_Admit_VersionWithARowOfItsOwnIsKnownWhateverBecameOfTheFirst",
		func(t *testing.T, _ Backend, l pipeline.Ledger) {
			b, files := started(t, l, day, 1)
			second := arrival(day, "00", 2)
			further := admit(t, l, second, pipeline.OverwriteAppend, at(5)).File
			settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(6),
				Files: map[string]pipeline.FileResult{
					files[0].Key: {Status: pipeline.Failed, Reason: pipeline.ReasonConflict}}})
			for _, p := range policies { // the first row is free for another version, but not for this one
				known := pipeline.Admission{Verdict: pipeline.Known, File: further}
				same(t, "again", admit(t, l, second, p, at(7)), known)
			}
			unseen, err := l.Unseen(t.Context(), []pipeline.File{second, arrival(day, "00", 3)})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "unseen", unseen, []pipeline.File{arrival(day, "00", 3)})
			same(t, "another", admit(t, l, arrival(day, "00", 3), pipeline.OverwriteQuarantine, at(8)).Verdict,
				pipeline.Admitted)
		}},
	{"C4_AppendedVersionIsClaimedLikeAnyFile", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		claimed(t, l, day, 1)
		a := admit(t, l, arrival(day, "00", 2), pipeline.OverwriteAppend, at(5))
		_, files := claim(t, l, day, 1, 10, at(6))
		same(t, "claimed", keys(files), []string{a.File.Key})
	}},
	{"C7_Unseen_ReturnsWhatAdmitWouldActOn", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 4) // 00 … 03 are claimed
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(9),
			Files: map[string]pipeline.FileResult{
				day + "-03.ndjson": {Status: pipeline.Failed, Reason: pipeline.ReasonConflict}}})
		admit(t, l, arrival(day, "01", 2), pipeline.OverwriteQuarantine, at(10))
		admit(t, l, arrival(later, "p", 1), pipeline.OverwriteQuarantine, at(11))
		bad := invalid(arrival(pipeline.Undated, "q", 1), pipeline.ReasonNoDate)
		admit(t, l, bad, pipeline.OverwriteQuarantine, at(12))

		listed := func(f pipeline.File) pipeline.File { f.Sequencer = ""; return f }
		seen := []pipeline.File{arrival(day, "00", 1), arrival(day, "01", 1), arrival(day, "01", 2),
			arrival(day, "03", 1), arrival(later, "p", 1), bad}
		fresh := []pipeline.File{arrival(day, "00", 2), arrival(day, "01", 3), arrival(day, "03", 2),
			arrival(day, "04", 1), arrival(later, "p", 2), arrival(later, "00", 1)}
		var ask, want []pipeline.File
		for i := range seen {
			ask = append(ask, listed(seen[i]), listed(fresh[i]))
			want = append(want, listed(fresh[i]))
		}
		before := all(t, l.Files(t.Context(), "", ""))
		got, err := l.Unseen(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "unseen", got, want)
		same(t, "rows", all(t, l.Files(t.Context(), "", "")), before)
		none, err := l.Unseen(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "of none", none, []pipeline.File(nil))
	}},
	{"C7_Unseen_ThousandFilesInOneCall", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		var ask, want []pipeline.File
		for i := range 1000 {
			f := arrival(day, fmt.Sprintf("%04d", i), 1)
			if i%10 == 0 {
				admit(t, l, f, pipeline.OverwriteQuarantine, at(1))
			} else {
				want = append(want, f)
			}
			ask = append(ask, f)
		}
		got, err := l.Unseen(t.Context(), ask)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "unseen", keys(got), keys(want))
	}},
	{"C8_KeysOfAnyCharactersAreKeptApart", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		names := []string{"a b", "a+b", "a%20b", `a"b`, "a'b", "ä", "a\u0308", "日本", "A b", "a#b", "a\\b",
			"x/y", "x/z",
			"100%", "_", "😀"}
		for i, n := range names {
			f := arrival(day, n, 1)
			f.Size = int64(i)
			same(t, n, admit(t, l, f, pipeline.OverwriteQuarantine, at(i)).Verdict, pipeline.Admitted)
		}
		for i, n := range names {
			same(t, n, row(t, l, day, arrival(day, n, 1).Key).Size, int64(i))
		}
		unseen, err := l.Unseen(t.Context(), all(t, l.Files(t.Context(), day, "")))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "unseen", keys(unseen), []string(nil))
		_, files := claim(t, l, day, len(names), len(names), at(50))
		same(t, "claimed", len(files), len(names))
	}},
	{"Release_QuarantinedFileBecomesPendingAndIsReadFromItsCopy", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		f := invalid(arrival(day, "a", 1), pipeline.ReasonTooLarge)
		admit(t, l, f, pipeline.OverwriteQuarantine, at(0))
		got, err := l.Release(t.Context(), day, f.Key, "s3://quarantine/a", "copy", at(5))
		if err != nil {
			t.Fatal(err)
		}
		want := f
		want.Status, want.Reason, want.Detail, want.Released = pipeline.Pending, "", "", true
		want.Path, want.ReadETag, want.CreatedAt, want.UpdatedAt = "s3://quarantine/a", "copy", at(0), at(5)
		same(t, "released", got, want)
		same(t, "row", row(t, l, day, f.Key), want)
		_, err = l.Release(t.Context(), day, f.Key, "s3://quarantine/a", "copy", at(6))
		isError(t, "again", err, pipeline.ErrState)
		same(t, "the same event again", admit(t, l, f, pipeline.OverwriteQuarantine, at(7)).Verdict, pipeline.Known)
		_, files := claim(t, l, day, 1, 1, at(8))
		same(t, "claimed", []any{files[0].Path, files[0].ReadETag, files[0].Released},
			[]any{"s3://quarantine/a", "copy", true})
	}},
	{"Release_FileQuarantinedByItsBatchLeavesTheBatch", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := started(t, l, day, 2)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(5),
			Files: map[string]pipeline.FileResult{
				files[0].Key: {Status: pipeline.Quarantined, Reason: pipeline.ReasonTooManyRejects}}})
		if _, err := l.Release(t.Context(), day, files[0].Key, files[0].Path, "", at(6)); err != nil {
			t.Fatal(err)
		}
		_, left := batch(t, l, b.ID)
		same(t, "left", keys(left), []string{files[1].Key})
		next, again := claim(t, l, day, 1, 10, at(7))
		same(t, "claimed again", keys(again), []string{files[0].Key})
		same(t, "belongs to", row(t, l, day, files[0].Key).BatchID, next.ID)
	}},
	{"Release_RefusesEverythingElse", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 1)
		undated := invalid(arrival(pipeline.Undated, "u", 1), pipeline.ReasonNoDate)
		admit(t, l, undated, pipeline.OverwriteQuarantine, at(1))
		_, err := l.Release(t.Context(), day, day+"-00.ndjson", "p", "", at(2))
		isError(t, "pending", err, pipeline.ErrState)
		_, err = l.Release(t.Context(), day, "nowhere", "p", "", at(2))
		isError(t, "unknown", err, pipeline.ErrNotFound)
		_, err = l.Release(t.Context(), pipeline.Undated, undated.Key, "p", "", at(2))
		isError(t, "undated", err, pipeline.ErrState)
	}},
}

var policies = []pipeline.OverwritePolicy{pipeline.OverwriteQuarantine, pipeline.OverwriteAppend,
	pipeline.OverwriteIgnore}

func isError(t tester, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: error is %v, want %v", what, err, want)
	}
}
