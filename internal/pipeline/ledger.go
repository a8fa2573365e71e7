package pipeline

import (
	"context"
	"errors"
	"iter"
	"time"
)

// The errors a ledger answers with. Adapters wrap them.
var (
	// ErrLeaseHeld: somebody else is claiming this date now. Let go; they, or the next sweep, see the same files.
	ErrLeaseHeld = errors.New("another worker holds the lease on this date")
	// ErrNotFound: no such file or batch.
	ErrNotFound = errors.New("not in the ledger")
	// ErrState: the row is not in a state this step may leave.
	ErrState = errors.New("not in the right state")
)

// A Ledger is the file-tracking table, the only source of truth about progress. Every method is atomic, durable when it
// returns nil, and safe for concurrent use by any number of goroutines and processes. A call that is repeated because
// nobody knows whether the first took effect does no harm: the second Admit finds the version Known, the second Settle changes
// nothing, the second Retry or Release is refused with ErrState, a batch that was claimed but not received shows up in
// Stale. Transient errors are retried inside; an error that comes out is for the caller to give up on. After any error
// the call may or may not have taken effect.
//
// Reads see every write that had returned before they began (DynamoDB: strongly consistent reads), except Unseen,
// PendingDates, Stale, Files, Batches and Summary, which may lag behind by a moment; nothing depends on them for correctness,
// because every change is conditional. A sequence holds nothing while its consumer works: the consumer may call the ledger.
//
// Times are kept in UTC, to the microsecond. What a row becomes by each change is decided by the functions of
// transitions.go, the same for every ledger.
type Ledger interface {
	// Admit records an arrival. What it does depends on the row of the file's key:
	//   - none: the file is recorded with r.File.Status (Pending or Quarantined) → Admitted
	//   - same version, whatever its status: nothing → Known
	//   - the row's sequencer is newer: nothing → Older
	//   - another version, row Pending: the row becomes the new version → Admitted (created_at stays: it keeps its place)
	//   - another version, row Quarantined, or Failed for a reason other than batch-failed (none of its records were
	//     published): the row becomes the new version → Admitted
	//   - another version, row claimed, completed or batch-failed: r.Policy decides. Quarantine and Append record the
	//     version in a row of its own, key "<key>#<token>" — Quarantined with ReasonOverwritten, or Pending — → Overwritten, Admitted;
	//     Ignore → Ignored, nothing is written.
	// A version that already has a row of its own → Known, whatever has become of the first row since.
	//
	// A row that becomes a new version forgets what it knew of the old one (batch, counts, attempts, release).
	Admit(ctx context.Context, r AdmitRequest) (Admission, error)

	// Unseen returns those of files (at most 1,000) for which Admit would do something
	// (were the policy not to ignore): it only saves work.
	Unseen(ctx context.Context, files []File) ([]File, error)

	// Claim takes up to r.Max files of r.Date that are Pending, oldest first (created_at, then key; DynamoDB: those
	// of one microsecond in any order), into a new batch, if there are at
	// least r.Min, and returns it with its files in that order; a zero Batch if there are fewer. Each file goes pending → manifested under the
	// condition that it is still pending with the same version: no file is ever in two live batches. The batch's number
	// is unique for the date. r.Min below 1 counts as 1. Cost depends on r.Max, not on the number of pending files. ErrLeaseHeld if another
	// worker is claiming the date; a lease ends after r.LeaseTTL by the clock (r.Now) of whoever comes next.
	Claim(ctx context.Context, r ClaimRequest) (Batch, []File, error)

	// Start records that an execution of the batch runs: batch and files manifested → processing, attempts + 1. A batch that is already
	// processing only counts the attempt. ErrState if the batch is completed or failed.
	Start(ctx context.Context, id BatchID, now time.Time) (Batch, error)

	// Settle writes the outcome to every file of the batch and then to the batch. A batch already completed stays so (a late
	// failure never undoes a success): nothing happens, no error; unless the settlement says Replace. A file's row changes only while it still belongs to the
	// batch.
	Settle(ctx context.Context, s Settlement) error

	// Retry puts a failed batch, and its files that are Failed for batch-failed, back to manifested, with Retries + 1 and Attempts 0. ErrState if it is not failed.
	Retry(ctx context.Context, id BatchID, now time.Time) (Batch, error)

	// Release puts a quarantined file back to pending, Released, to be read from path at readETag. ErrState if it is not quarantined, or
	// has no date.
	Release(ctx context.Context, date, key, path, readETag string, now time.Time) (File, error)

	// Batch returns one batch with the files that (still) belong to it, in claim order. ErrNotFound.
	Batch(ctx context.Context, id BatchID) (Batch, []File, error)

	// Stale yields the batches that are manifested or processing and were last updated before the time given, oldest
	// first, after rolling forward or back those that a crash left claiming.
	Stale(ctx context.Context, before, now time.Time) iter.Seq2[Batch, error]

	// PendingDates returns the dates that have pending files, oldest first, with the oldest arrival of each.
	PendingDates(ctx context.Context) ([]PendingDate, error)

	// File returns the row of a key, ErrNotFound. Versions returns it and then all further versions of it, by arrival.
	File(ctx context.Context, date, key string) (File, error)
	Versions(ctx context.Context, date, key string) ([]File, error)
	// Files yields rows of a date ("" = all dates), by date and key; only those with the status given, if any.
	Files(ctx context.Context, date string, status Status) iter.Seq2[File, error]
	// Batches yields the batches of a date ("" = all dates), by date and number.
	Batches(ctx context.Context, date string) iter.Seq2[Batch, error]
	// Summary counts files by date and status ("" = all dates), dates ascending.
	Summary(ctx context.Context, date string) ([]DateSummary, error)
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

// An Admission is what Admit did, and the row as it now is.
type Admission struct {
	Verdict Verdict
	File    File
}

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
	// ManifestPath gives the address of a batch's manifest, which the rows carry.
	ManifestPath func(BatchID) string
}

// A Settlement is the outcome of a batch. A batch that failed can still be settled as completed: its execution was slow, not
// dead. The batch's counts are the sums over its completed files; files that are not completed have none.
type Settlement struct {
	ID     BatchID
	Status Status // Completed or Failed
	Engine string
	Error  string // of a failed batch
	// Files tells the outcome of single files of a completed batch, by key; a file not named here is completed with no
	// counts. For a failed batch every file becomes Failed with ReasonBatchFailed.
	Files   map[string]Outcome
	Outputs []Output
	// Replace rewrites the outcome of a batch that is completed already: it was converted again.
	Replace bool
	Now     time.Time
}

// An Outcome is what became of one file of a completed batch.
type Outcome struct {
	Status         Status // Completed, Failed or Quarantined
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
