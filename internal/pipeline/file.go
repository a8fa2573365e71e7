package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"ndjson-parquet/convert"
)

// A Status is where a file or a batch stands. docs/FORMATS.md shows the transitions.
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

// Statuses lists the statuses a file can have, in the order of its journey.
var Statuses = []Status{Pending, Manifested, Processing, Completed, Failed, Quarantined}

// Final reports whether nothing but a person's command, or a new version of the file, leads out of s.
func (s Status) Final() bool { return s == Completed || s == Failed || s == Quarantined }

// Undated is the date prefix of files whose name has no usable date. They are always quarantined.
const Undated = "undated"

// A Version identifies one version of an input object.
type Version struct {
	ETag      string
	VersionID string // empty where the store keeps no versions
	// Sequencer orders the events of one key: compared as hex numbers padded with zeros on the right (see OlderThan).
	// Empty when the file was found by listing.
	Sequencer string
}

// Same reports whether v and w are one version of an object: by VersionID where both have one, else by ETag.
func (v Version) Same(w Version) bool {
	if v.VersionID != "" && w.VersionID != "" {
		return v.VersionID == w.VersionID
	}
	return v.ETag == w.ETag
}

// OlderThan reports whether v's event is known to have happened before w's. S3 defines the comparison of sequencers of
// one key: pad the shorter on the right with zeros, then compare as text.
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

// Token is a short name of the version, for keys that must tell two versions of a file apart.
func (v Version) Token() string {
	sum := sha256.Sum256([]byte(v.ETag + "|" + v.VersionID))
	return hex.EncodeToString(sum[:6])
}

// A File is one row of the ledger: an input object's version and where it stands.
type File struct {
	DatePrefix string // YYYY-MM-DD, or Undated
	Key        string // relative to the input; with "#<version token>" for a further version kept beside the first
	Path       string // the address conversion reads from, file:// or s3://
	Version
	// ReadETag is the ETag to read Path at, where that is not Version's: a quarantined copy that was released.
	ReadETag string
	Size     int64 // bytes
	Status   Status
	BatchID  BatchID // zero before the claim
	Reason   string  // why it is quarantined or failed: one of the words of docs/FORMATS.md
	Detail   string  // the same for a person, one line
	// Released is set by a person's release: limits that quarantined the file no longer apply.
	Released  bool
	Attempts  int // executions of its batch since the last success or retry
	Counts        // since it completed
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

	ReasonConflict    = "conflict"     // its admitted version is no longer there
	ReasonMissing     = "missing"      // the object is gone
	ReasonUnreadable  = "unreadable"   // truncated compression, a read error that stays
	ReasonBatchFailed = "batch-failed" // the whole batch failed; retry BATCH takes it up again
)
