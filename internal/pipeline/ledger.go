package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
)

// Errors of ledgers and of reading what a pipeline has written. Test for them with errors.Is.
var (
	// ErrLeaseHeld: another worker is claiming this date. There is nothing to do: that worker, or
	// the next sweep, sees the same files.
	ErrLeaseHeld = errors.New("another worker holds the lease on this date")
	// ErrNotFound: what was asked for does not exist. The error's text names it.
	ErrNotFound = errors.New("not found")
	// ErrOldLedger: the ledger has forgotten batches that were published, as after it was restored
	// to an earlier time. Nothing is started until it is replaced.
	ErrOldLedger = errors.New("the ledger is older than the batches that were made from it")
	// ErrState: the row is not in a state that this step can change.
	ErrState = errors.New("not in the right state")
)

// A notFoundError is an ErrNotFound with a text of its own.
type notFoundError string

func notFound(format string, args ...any) error { return notFoundError(fmt.Sprintf(format, args...)) }

func (e notFoundError) Error() string        { return string(e) }
func (e notFoundError) Is(target error) bool { return target == ErrNotFound }

// FileNotFound is the error for a file that the ledger has no row of.
func FileNotFound(date, key string) error {
	return notFound("file %s of %s is not in the ledger", key, date)
}

// BatchNotFound is the error for a batch that the ledger has no row of.
func BatchNotFound(id BatchID) error { return notFound("batch %s is not in the ledger", id) }

// A Ledger is the file-tracking table, the only source of truth about progress.
//
// Concurrency: every method is atomic and safe for concurrent use by any number of goroutines and
// processes. A sequence holds no lock while its consumer works: the consumer may call the ledger.
//
// Durability: a change is durable when its method returns nil. After an error the call may or may
// not have taken effect. Repeating a call whose result is unknown does no harm: the second Admit
// finds the version Known, the second Settle changes nothing, the second Retry or Release is
// refused with ErrState, and a batch whose claim was not reported shows up in Stale. Ledgers retry
// transient errors themselves.
//
// Consistency: reads see every write that returned before they began, except those of Unseen,
// PendingDates, Stale, Files, Batches and Summary, which may lag by a moment. Correctness does not
// depend on these, because every change is conditional.
//
// Times are kept in UTC, to the microsecond. The functions of transitions.go decide what a row
// becomes by each change, for every ledger alike.
type Ledger interface {
	LedgerReader

	// Admit records an arrival. What it does depends on the row of the file's key:
	//   - none: the file is recorded with r.File.Status (Pending or Quarantined) → Admitted
	//   - same version, whatever its status: nothing → Known
	//   - the row's sequencer is newer: nothing → Older
	//   - another version, row Pending: the row becomes the new version and keeps created_at, its
	//     place in the queue → Admitted
	//   - another version, row Quarantined, or Failed for a reason other than batch-failed (none of
	//     its records were published): the row becomes the new version → Admitted
	//   - another version, row claimed, completed or batch-failed: r.Policy decides. Quarantine and
	//     Append record the version in a separate row, key "<key>#<token>": Quarantined with
	//     ReasonOverwritten → Overwritten, or Pending → Admitted. Ignore writes nothing → Ignored.
	//
	// A version that has a separate row already → Known, whatever has become of the first row
	// since.
	//
	// A row that becomes a new version loses what belonged to the old one: batch, counts, attempts
	// and release.
	Admit(ctx context.Context, r AdmitRequest) (Admission, error)

	// Unseen returns those of at most 1,000 files for which Admit would write a row under a policy
	// other than OverwriteIgnore. It only saves work.
	Unseen(ctx context.Context, files []File) ([]File, error)

	// Claim takes up to r.Max files of r.Date that are Pending into a new batch, oldest first (by
	// created_at, then key; DynamoDB returns those of one microsecond in any order), and returns
	// the batch and its files in that order. If there are fewer than r.Min files (at least 1), it
	// returns a zero Batch. An isolated file among them becomes a batch of its own, whatever r.Min
	// is (see ClaimRequest.Chosen).
	//
	// Each file goes from pending to manifested under the condition that it is still pending with
	// the same version, so that no file is ever in two live batches. The batch's number is unique
	// for the date. The cost depends on r.Max, not on the number of pending files. ErrLeaseHeld if
	// another worker is claiming the date; a lease ends r.LeaseTTL after it was taken, by r.Now of
	// the worker that claims next.
	Claim(ctx context.Context, r ClaimRequest) (Batch, []File, error)

	// RecordAttempt records that an execution of the batch runs: batch and files go from manifested
	// to processing, and attempts increases by 1. For a batch that is already processing it only
	// counts the attempt. ErrState if the batch is completed or failed.
	RecordAttempt(ctx context.Context, id BatchID, now time.Time) (Batch, error)

	// Settle writes the outcome to every file of the batch and then to the batch. Unless the
	// settlement says Replace, a completed batch stays as it is, without an error: a late failure
	// never undoes a success. A file's row changes only while it belongs to the batch. Settle
	// reports whether it changed the batch.
	Settle(ctx context.Context, s Settlement) (changed bool, err error)

	// Retry puts a failed batch, and its files that are Failed for batch-failed, back to
	// manifested, with Attempts 0 and Retries increased by 1. ErrState if the batch is not failed.
	Retry(ctx context.Context, id BatchID, now time.Time) (Batch, error)

	// RetryFile puts a file that is Failed as unreadable or missing back to pending; it leaves its
	// batch and keeps created_at. ErrState if the file is in another state. ErrNotFound.
	RetryFile(ctx context.Context, date, key string, now time.Time) (File, error)

	// Release puts a quarantined file back to pending, marked Released, to be read from path at
	// readETag. ErrState if the file is not quarantined or has no date.
	Release(ctx context.Context, date, key, path, readETag string, now time.Time) (File, error)

	// ForgetBatch removes the rows of a batch that has ended and of the files that belong to it;
	// ForgetFile that of one file. What does not exist is no error; ErrState if work is under way.
	// It is for test data: a file that is still in the input is admitted again.
	ForgetBatch(ctx context.Context, id BatchID) error
	ForgetFile(ctx context.Context, date, key string) error

	// Stale yields the batches that are manifested or processing and were last updated before the
	// given time, oldest first. First it completes or undoes claims that a crash interrupted.
	Stale(ctx context.Context, before, now time.Time) iter.Seq2[Batch, error]
}

// A LedgerReader is the part of a Ledger that changes nothing, with the same guarantees.
type LedgerReader interface {
	// Batch returns one batch with the files that belong to it now, in claim order. ErrNotFound.
	Batch(ctx context.Context, id BatchID) (Batch, []File, error)

	// File returns the row of a key. ErrNotFound.
	File(ctx context.Context, date, key string) (File, error)

	// Versions returns the row of a key and then the separate rows of its further versions, in
	// order of arrival. ErrNotFound.
	Versions(ctx context.Context, date, key string) ([]File, error)

	// Files yields the rows of a date ("": of all dates) by date and key; only those with the given
	// status unless it is empty.
	Files(ctx context.Context, date string, status Status) iter.Seq2[File, error]

	// FilesAfter yields what Files yields for one date, from the first key that is greater than
	// after.
	FilesAfter(ctx context.Context, date, after string, status Status) iter.Seq2[File, error]

	// Batches yields the batches of a date ("": of all dates) by date and number.
	Batches(ctx context.Context, date string) iter.Seq2[Batch, error]

	// LatestBatches yields the batches of one date, those with the highest numbers first.
	LatestBatches(ctx context.Context, date string) iter.Seq2[Batch, error]

	// Summary counts the files of a date ("": of all dates) by status, dates in ascending order.
	Summary(ctx context.Context, date string) ([]DateSummary, error)

	// PendingDates returns the dates that have pending files, in ascending order.
	PendingDates(ctx context.Context) ([]PendingDate, error)
}

// An OverwritePolicy says what becomes of a new version of a file that was already claimed.
type OverwritePolicy string

// The policies (OVERWRITE_POLICY).
const (
	OverwriteQuarantine OverwritePolicy = "quarantine"
	OverwriteAppend     OverwritePolicy = "append"
	OverwriteIgnore     OverwritePolicy = "ignore"
)

// An AdmitRequest is one arrival.
type AdmitRequest struct {
	File   File // with Status Pending, or Quarantined with its reason
	Policy OverwritePolicy
	Now    time.Time
}

// An Admission is what Admit did, and the file's row after it.
type Admission struct {
	Verdict Verdict
	File    File
}

// Written reports whether the admission wrote a row.
func (a Admission) Written() bool { return a.Verdict == Admitted || a.Verdict == Overwritten }

// A Verdict is what Admit did with an arrival.
type Verdict string

// The verdicts; see Ledger.Admit.
const (
	Admitted    Verdict = "admitted"
	Known       Verdict = "known"
	Older       Verdict = "older"
	Overwritten Verdict = "overwritten"
	Ignored     Verdict = "ignored"
)

// A ClaimRequest asks for a batch of one date.
type ClaimRequest struct {
	Date     string
	Max, Min int
	Owner    string // unique to the caller, for the lease
	LeaseTTL time.Duration
	Now      time.Time
	// ManifestPath returns the address of a batch's manifest. The rows contain it.
	ManifestPath func(BatchID) string
}

// A Settlement is the outcome of a batch. A failed batch can still be settled as completed, since
// an execution that was taken for dead may only have been slow. The batch's counts are the sums
// over its completed files; other files have no counts.
type Settlement struct {
	ID     BatchID
	Status Status // Completed or Failed
	Engine string
	Error  string // of a failed batch
	// Files holds the results of single files of a completed batch, by key. A file that is not in
	// it is completed without counts. In a failed batch every file becomes Failed with
	// ReasonBatchFailed.
	Files   map[string]FileResult
	Outputs []Output
	// Replace rewrites the outcome of a batch that is completed already, after it was converted
	// again.
	Replace bool
	Now     time.Time
}

// A FileResult is what became of one file of a completed batch.
type FileResult struct {
	Status         Status // Completed, Failed or Quarantined; Pending, with ReasonIsolated, leaves the batch
	Reason, Detail string
	Counts
}

// A PendingDate is a date with pending files.
type PendingDate struct {
	Date   string
	Oldest time.Time // created_at of its oldest pending file
}

// A DateSummary counts the files of a date.
type DateSummary struct {
	Date  string
	Files map[Status]int
	Bytes int64
	Counts
}
