package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"ndjson-parquet/convert"
)

// A Status is the state of a file or a batch. docs/FORMATS.md shows the transitions.
type Status string

// The statuses. Claiming belongs to batches only, Pending and Quarantined to files only.
const (
	Pending     Status = "pending"
	Claiming    Status = "claiming"
	Manifested  Status = "manifested"
	Processing  Status = "processing"
	Completed   Status = "completed"
	Failed      Status = "failed"
	Quarantined Status = "quarantined"
)

// Statuses lists the statuses of files in the order in which a file passes through them.
var Statuses = []Status{Pending, Manifested, Processing, Completed, Failed, Quarantined}

// Final reports whether a file or batch stays in s until an operator's command or a new version of
// the file changes it.
func (s Status) Final() bool { return s == Completed || s == Failed || s == Quarantined }

// Undated stands for the date prefix of files whose name has no usable date. Such files are always
// quarantined.
const Undated = "undated"

// A Version identifies one version of an input object.
type Version struct {
	ETag      string
	VersionID string // empty where the store keeps no versions
	// Sequencer orders the events of one key (see OlderThan). It is empty if the file was found by
	// listing.
	Sequencer string
}

// Same reports whether v and w are one version of an object: by VersionID where both have one, else
// by ETag.
func (v Version) Same(w Version) bool {
	if v.VersionID != "" && w.VersionID != "" {
		return v.VersionID == w.VersionID
	}
	return v.ETag == w.ETag
}

// OlderThan reports whether v's event is known to have happened before w's. S3 defines how the
// sequencers of one key compare: the shorter is padded on the right with zeros, then both compare
// as text.
func (v Version) OlderThan(w Version) bool {
	a, b := v.Sequencer, w.Sequencer
	if a == "" || b == "" {
		return false
	}
	for len(a) < len(b) {
		a += "0"
	}
	for len(b) < len(a) {
		b += "0"
	}
	return a < b
}

// Token is a short name of the version. It distinguishes the versions of a file in row keys.
func (v Version) Token() string {
	sum := sha256.Sum256([]byte(v.ETag + "|" + v.VersionID))
	return hex.EncodeToString(sum[:6])
}

// A File is one row of the ledger: a version of an input object and its state.
type File struct {
	DatePrefix string // YYYY-MM-DD, or Undated
	Key        string // relative to the input; with "#<version token>" in the separate row of a further version
	Path       string // the address conversion reads from, file:// or s3://
	Version
	// ReadETag is the ETag of the object at Path if that is a copy with an ETag of its own: a
	// quarantined file that was released.
	ReadETag string
	Size     int64 // bytes
	Status   Status
	BatchID  BatchID // zero before the claim
	Reason   string  // why it is quarantined, failed or isolated: one of the constants below
	Detail   string  // the reason as a sentence
	// Released is set when an operator releases the file: the limits that quarantined it no longer
	// apply.
	Released  bool
	Attempts  int // executions of its batch since the last success or retry
	Counts        // of a completed file
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Counts are the lines of a file, or of many, by what became of them.
type Counts = convert.Counts

// The reasons a file is quarantined or failed for.
const (
	ReasonBadExtension   = "bad-extension"
	ReasonNoDate         = "no-date"
	ReasonBadDate        = "bad-date"
	ReasonFutureDate     = "future-date"
	ReasonTooSmall       = "too-small"
	ReasonTooLarge       = "too-large"
	ReasonBadName        = "bad-name"
	ReasonOverwritten    = "overwritten"
	ReasonTooManyRejects = "too-many-rejects"
	ReasonNotNDJSON      = "not-ndjson"
	// The decompressed content, or the time that the conversion takes, exceeds a budget.
	ReasonTooLargeDecompressed = "too-large-decompressed"
	ReasonTooSlow              = "too-slow"

	ReasonConflict   = "conflict"   // its admitted version is no longer there
	ReasonMissing    = "missing"    // the object is gone
	ReasonUnreadable = "unreadable" // truncated compression, a permanent read error
	// ReasonIsolated is the reason of a file that is to be converted in a batch of its own, because
	// the batch that it was in failed repeatedly. It stays while the file is pending or in
	// progress.
	ReasonIsolated    = "isolated"
	ReasonBatchFailed = "batch-failed" // the whole batch failed; the retry command runs it again
)
