package pipeline

import (
	"fmt"
	"time"
)

// This file holds the rules by which rows of the ledger change, as pure functions named after what
// they return. A ledger reads rows, calls these functions, and writes the result under the
// condition that the rows have not changed since. So all ledgers decide alike and differ only in
// how they store rows. What becomes of a file by a change of its batch is asked only for files that
// belong to the batch: ledgers select them.

// Check reports a request that no ledger may accept.
func (r AdmitRequest) Check() error {
	switch {
	case r.File.DatePrefix == "" || r.File.Key == "":
		return fmt.Errorf("admit: a file needs a date prefix and a key, not %q and %q", r.File.DatePrefix, r.File.Key)
	case r.File.Status != Pending && r.File.Status != Quarantined:
		return fmt.Errorf("admit %s: a file arrives pending or quarantined, not %q", r.File.Key, r.File.Status)
	case r.File.Status == Pending && r.File.DatePrefix == Undated:
		return fmt.Errorf("admit %s: a file without a date can only be quarantined", r.File.Key)
	}
	return nil
}

// Admission returns what Admit does, given the row of the file's key (nil: none).
//
// If the admission is Written, its file is to be written: in place of the row if it has the row's
// key, otherwise as a separate row. If there was a row, and the version already has a separate row
// at FurtherKey, the admission is Known instead and nothing is written. An admission that is not
// Written has the row as its file.
func (r AdmitRequest) Admission(row *File) Admission {
	arrived := File{
		DatePrefix: r.File.DatePrefix, Key: r.File.Key, Path: r.File.Path, Version: r.File.Version,
		ReadETag: r.File.ReadETag,
		Size:     r.File.Size, Status: r.File.Status, Reason: r.File.Reason, Detail: r.File.Detail,
		CreatedAt: Instant(r.Now), UpdatedAt: Instant(r.Now),
	}
	switch {
	case row == nil:
		return Admission{Admitted, arrived}
	case row.Version.Same(arrived.Version):
		return Admission{Known, *row}
	case arrived.Version.OlderThan(row.Version):
		return Admission{Older, *row}
	case row.Status == Pending:
		arrived.CreatedAt = row.CreatedAt
		return Admission{Admitted, arrived}
	case row.Status == Quarantined, row.Status == Failed && row.Reason != ReasonBatchFailed:
		return Admission{Admitted, arrived}
	}
	if r.Policy == OverwriteIgnore {
		return Admission{Ignored, *row}
	}
	arrived.Key = FurtherKey(arrived.Key, arrived.Version)
	if r.Policy == OverwriteAppend {
		return Admission{Admitted, arrived}
	}
	arrived.Status, arrived.Reason = Quarantined, ReasonOverwritten
	return Admission{Overwritten, arrived}
}

// FurtherKey is the key of the separate row of a further version of a file.
func FurtherKey(key string, v Version) string { return key + "#" + v.Token() }

// IsFurther reports whether f is a further version of the file with the given key.
func (f File) IsFurther(key string) bool { return f.Key == FurtherKey(key, f.Version) }

// Check reports a request that no ledger may accept.
func (r ClaimRequest) Check() error {
	if r.Max < 1 || r.Min > r.Max {
		return fmt.Errorf("claim %s: at least %d and at most %d files is not possible", r.Date, r.Min, r.Max)
	}
	if _, err := time.Parse(time.DateOnly, r.Date); err != nil {
		return fmt.Errorf("claim: %q is not a date", r.Date)
	}
	return nil
}

// Chosen returns those of a date's pending files, given oldest first, that become a batch; none if
// there are too few. A file that was isolated becomes a batch of its own, whatever the limits.
func (r ClaimRequest) Chosen(pending []File) []File {
	for i, f := range pending {
		if f.Reason == ReasonIsolated {
			return pending[i : i+1]
		}
	}
	if len(pending) < max(r.Min, 1) {
		return nil
	}
	return pending[:min(len(pending), r.Max)]
}

// ClaimedBatch returns the num-th batch of r's date, made of pending files, and those files as
// claimed.
func (r ClaimRequest) ClaimedBatch(num int, pending []File) (Batch, []File) {
	now := Instant(r.Now)
	b := Batch{
		ID: NewBatchID(r.Date, num, now), Status: Manifested, FileCount: len(pending), CreatedAt: now, UpdatedAt: now,
	}
	b.ManifestPath = r.ManifestPath(b.ID)
	files := make([]File, len(pending))
	for i, f := range pending {
		b.Bytes += f.Size
		f.Status, f.BatchID, f.UpdatedAt = Manifested, b.ID, now
		files[i] = f
	}
	return b, files
}

// AsProcessing returns b with one more attempt, being processed. ErrState if b has ended.
func (b Batch) AsProcessing(now time.Time) (Batch, error) {
	switch b.Status {
	case Manifested:
		b.Status, b.StartedAt = Processing, Instant(now)
	case Processing:
	default:
		return b, fmt.Errorf("start batch %s: it is %s: %w", b.ID, b.Status, ErrState)
	}
	b.Attempts++
	b.UpdatedAt = Instant(now)
	return b, nil
}

// AsProcessing returns f, a file of b, after b became processing. It returns false if f does not
// change.
func (f File) AsProcessing(b Batch) (File, bool) {
	if f.Status != Manifested && f.Status != Processing {
		return f, false
	}
	f.Status, f.Attempts, f.UpdatedAt = Processing, b.Attempts, b.UpdatedAt
	return f, true
}

// SettledBatch returns b with the outcome s. It returns false if b does not change.
func (s Settlement) SettledBatch(b Batch) (Batch, bool, error) {
	if s.Status != Completed && s.Status != Failed {
		return b, false, fmt.Errorf("settle batch %s: the outcome must be completed or failed, not %q", s.ID, s.Status)
	}
	switch {
	case s.Replace && (b.Status != Completed || s.Status != Completed):
		return b, false, fmt.Errorf("replace the outcome of batch %s: it is %s: %w", b.ID, b.Status, ErrState)
	case b.Status == Completed && !s.Replace, b.Status == Failed && s.Status == Failed:
		return b, false, nil
	case b.Status != Manifested && b.Status != Processing && b.Status != Failed && !s.Replace:
		return b, false, fmt.Errorf("settle batch %s: it is %s: %w", b.ID, b.Status, ErrState)
	}
	b.Status, b.Engine, b.Error = s.Status, s.Engine, s.Error
	b.Outputs, b.Counts = nil, Counts{}
	b.UpdatedAt = Instant(s.Now)
	if !s.Replace {
		b.EndedAt = b.UpdatedAt
	}
	if s.Status == Completed {
		b.Error = ""
		b.Outputs = append(b.Outputs, s.Outputs...)
		for _, o := range s.Files {
			if o.Status == Completed {
				b.Counts.Add(o.Counts)
			}
		}
	}
	return b, true, nil
}

// SettledFile returns f, a file of the batch, with the outcome s.
func (s Settlement) SettledFile(f File) File {
	result := FileResult{Status: Failed, Reason: ReasonBatchFailed, Detail: s.Error}
	if s.Status == Completed {
		result = FileResult{Status: Completed}
		if named, ok := s.Files[f.Key]; ok {
			result = named
		}
	}
	f.Status, f.Reason, f.Detail, f.Counts, f.UpdatedAt = result.Status, result.Reason, result.Detail, Counts{},
		Instant(s.Now)
	switch result.Status {
	case Completed:
		f.Counts, f.Attempts = result.Counts, 0
	case Pending:
		f.BatchID, f.Attempts = "", 0
	}
	return f
}

// AsRetried returns b, which has failed, ready for another execution. ErrState if it has not
// failed.
func (b Batch) AsRetried(now time.Time) (Batch, error) {
	if b.Status != Failed {
		return b, fmt.Errorf("retry batch %s: it is %s, and only a failed one can be retried: %w", b.ID, b.Status,
			ErrState)
	}
	b.Status, b.Error, b.Attempts, b.UpdatedAt = Manifested, "", 0, Instant(now)
	b.StartedAt, b.EndedAt = time.Time{}, time.Time{}
	b.Retries++
	return b, nil
}

// AsRetried returns f, a file of b, after b was put back for a retry. It returns false if f does
// not change.
func (f File) AsRetried(b Batch) (File, bool) {
	if f.Status != Failed || f.Reason != ReasonBatchFailed {
		return f, false
	}
	f.Status, f.Reason, f.Detail, f.Attempts, f.UpdatedAt = Manifested, "", "", 0, b.UpdatedAt
	return f, true
}

// AsRetriedAlone returns f, which failed alone because it was unreadable or missing, as pending.
// ErrState if it is in another state.
func (f File) AsRetriedAlone(now time.Time) (File, error) {
	if f.Status != Failed {
		return f, fmt.Errorf("retry %s: it is %s, and only a failed file can be retried: %w", f.Key, f.Status, ErrState)
	}
	switch f.Reason {
	case ReasonUnreadable, ReasonMissing:
	case ReasonBatchFailed:
		return f, fmt.Errorf("retry %s: its batch %s failed; retry the batch: %w", f.Key, f.BatchID, ErrState)
	default:
		return f, fmt.Errorf("retry %s: it failed for %s, and its admitted version does not come back: %w", f.Key,
			f.Reason, ErrState)
	}
	f.Status, f.Reason, f.Detail, f.BatchID, f.Attempts, f.UpdatedAt = Pending, "", "", "", 0, Instant(now)
	return f, nil
}

// AsReleased returns f, which is quarantined, as pending, to be read from path at readETag.
// ErrState if f is not quarantined or has no date.
func (f File) AsReleased(path, readETag string, now time.Time) (File, error) {
	if f.Status != Quarantined {
		return f, fmt.Errorf("release %s: it is %s, not quarantined: %w", f.Key, f.Status, ErrState)
	}
	if f.DatePrefix == Undated {
		return f, fmt.Errorf(
			"release %s: its name has no date; give it a name that starts with YYYY-MM-DD: %w",
			f.Key, ErrState)
	}
	f.Status, f.Released, f.Path, f.ReadETag = Pending, true, path, readETag
	f.Reason, f.Detail, f.BatchID, f.Attempts, f.UpdatedAt = "", "", "", 0, Instant(now)
	return f, nil
}
