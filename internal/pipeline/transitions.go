package pipeline

import (
	"fmt"
	"time"
)

// This file holds the rules by which rows of the ledger change, as pure functions. Every ledger reads rows, asks these
// what becomes of them, and writes the answer under the condition that the rows are still what it had read. So all
// ledgers decide alike, and differ only in how they keep rows.

// Instant is t as the ledger keeps it: UTC, whole microseconds.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// Check reports a request no ledger may accept.
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

// Decide says what Admit does, given the row of the file's key (nil: none). With the verdicts Admitted and Overwritten,
// file is to be written: in place of the row where it has the row's key, else as a row of its own — unless there was a row
// and the version has one of its own already, at FurtherKey: then it is Known after all. With the others file is the row,
// and nothing is written.
func (r AdmitRequest) Decide(row *File) (v Verdict, file File) {
	arrived := File{
		DatePrefix: r.File.DatePrefix, Key: r.File.Key, Path: r.File.Path, Version: r.File.Version, ReadETag: r.File.ReadETag,
		Size: r.File.Size, Status: r.File.Status, Reason: r.File.Reason, Detail: r.File.Detail,
		CreatedAt: Instant(r.Now), UpdatedAt: Instant(r.Now),
	}
	switch {
	case row == nil:
		return Admitted, arrived
	case row.Version.Same(arrived.Version):
		return Known, *row
	case arrived.Version.OlderThan(row.Version):
		return Older, *row
	case row.Status == Pending:
		arrived.CreatedAt = row.CreatedAt
		return Admitted, arrived
	case row.Status == Quarantined, row.Status == Failed && row.Reason != ReasonBatchFailed:
		return Admitted, arrived
	}
	if r.Policy == OverwriteIgnore {
		return Ignored, *row
	}
	arrived.Key = FurtherKey(arrived.Key, arrived.Version)
	if r.Policy == OverwriteAppend {
		return Admitted, arrived
	}
	arrived.Status, arrived.Reason = Quarantined, ReasonOverwritten
	return Overwritten, arrived
}

// FurtherKey is the key of the row that keeps a further version of a file beside the first.
func FurtherKey(key string, v Version) string { return key + "#" + v.Token() }

// IsFurther reports whether f is a further version of the file with the given key.
func (f File) IsFurther(key string) bool { return f.Key == FurtherKey(key, f.Version) }

// Check reports a request no ledger may accept.
func (r ClaimRequest) Check() error {
	if r.Max < 1 || r.Min > r.Max {
		return fmt.Errorf("claim %s: at least %d and at most %d files is not possible", r.Date, r.Min, r.Max)
	}
	if _, err := time.Parse(time.DateOnly, r.Date); err != nil {
		return fmt.Errorf("claim: %q is not a date", r.Date)
	}
	return nil
}

// Batch makes the num-th batch of r's date out of pending files, and the files as they are once it is claimed.
func (r ClaimRequest) Batch(num int, pending []File) (Batch, []File) {
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

// Start is b once another execution of it runs.
func (b Batch) Start(now time.Time) (Batch, error) {
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

// Start is f, a file of b, once b has been started; false if f stays as it is.
func (f File) Start(b Batch) (File, bool) {
	if f.BatchID != b.ID || f.Status != Manifested && f.Status != Processing {
		return f, false
	}
	f.Status, f.Attempts, f.UpdatedAt = Processing, b.Attempts, b.UpdatedAt
	return f, true
}

// Batch is b once s is written; false if b stays as it is.
func (s Settlement) Batch(b Batch) (Batch, bool, error) {
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

// File is f, a file of the batch, once s is written; false if f no longer belongs to the batch and stays as it is.
func (s Settlement) File(f File) (File, bool) {
	if f.BatchID != s.ID {
		return f, false
	}
	o := Outcome{Status: Failed, Reason: ReasonBatchFailed, Detail: s.Error}
	if s.Status == Completed {
		o = Outcome{Status: Completed}
		if named, ok := s.Files[f.Key]; ok {
			o = named
		}
	}
	f.Status, f.Reason, f.Detail, f.Counts, f.UpdatedAt = o.Status, o.Reason, o.Detail, Counts{}, Instant(s.Now)
	if o.Status == Completed {
		f.Counts, f.Attempts = o.Counts, 0
	}
	return f, true
}

// Retry is b once a person has asked for it to be run again.
func (b Batch) Retry(now time.Time) (Batch, error) {
	if b.Status != Failed {
		return b, fmt.Errorf("retry batch %s: it is %s, and only a failed one can be retried: %w", b.ID, b.Status, ErrState)
	}
	b.Status, b.Error, b.Attempts, b.UpdatedAt = Manifested, "", 0, Instant(now)
	b.StartedAt, b.EndedAt = time.Time{}, time.Time{}
	b.Retries++
	return b, nil
}

// Retry is f, a file of b, once b has been put back by its Retry; false if f stays as it is.
func (f File) Retry(b Batch) (File, bool) {
	if f.BatchID != b.ID || f.Status != Failed || f.Reason != ReasonBatchFailed {
		return f, false
	}
	f.Status, f.Reason, f.Detail, f.Attempts, f.UpdatedAt = Manifested, "", "", 0, b.UpdatedAt
	return f, true
}

// Release is f once a person has let it in, to be read from path at readETag.
func (f File) Release(path, readETag string, now time.Time) (File, error) {
	if f.Status != Quarantined {
		return f, fmt.Errorf("release %s: it is %s, not quarantined: %w", f.Key, f.Status, ErrState)
	}
	if f.DatePrefix == Undated {
		return f, fmt.Errorf("release %s: its name has no date, so it belongs to no batch; give it a name that starts with YYYY-MM-DD: %w", f.Key, ErrState)
	}
	f.Status, f.Released, f.Path, f.ReadETag = Pending, true, path, readETag
	f.Reason, f.Detail, f.BatchID, f.Attempts, f.UpdatedAt = "", "", "", 0, Instant(now)
	return f, nil
}

// FileNotFound is the error for a row that is not there.
func FileNotFound(date, key string) error {
	return fmt.Errorf("file %s of %s: %w", key, date, ErrNotFound)
}

// BatchNotFound is the error for a batch that is not there.
func BatchNotFound(id BatchID) error {
	return fmt.Errorf("batch %s: %w", id, ErrNotFound)
}
