// Package pipeline is the core: the journey of a file from its arrival to query-ready Parquet.
//
//	arrive → admit → claim → manifest → start → convert → publish → settle        sweep beside it
//
// Each step is in the file of its name. The package does no I/O of its own: the ledger, the object stores, the starter
// of executions, the notifier, the metrics, the scratch space and the clock are ports, and the same code decides on one
// machine and on AWS.
//
// Every step may crash, be repeated, or race with itself. What holds the promises together: the ledger's conditional
// writes decide who owns a file; everything a batch writes is named after the batch and is a pure function of its
// manifest; the commit record, created if-absent, makes it count.
package pipeline

import (
	"context"
	"log/slog"
	"time"

	"ndjson-parquet/internal/objectstore"
)

// A Pipeline is the core with its ports. Fill all fields but those marked optional, then call its methods from any number
// of goroutines.
type Pipeline struct {
	Config Config

	Ledger     Ledger
	Input      objectstore.Store
	Manifests  objectstore.Store
	Output     objectstore.Store
	Quarantine objectstore.Store

	Starter  Starter
	Notifier Notifier
	Metrics  Metrics
	Scratch  Scratch
	Now      func() time.Time
	Log      *slog.Logger
	// Owner is unique to this process; it holds leases.
	Owner string
	// Pause waits between attempts; nil: by the system's timer. Optional.
	Pause func(context.Context, time.Duration) error
	// Elsewhere finds the store and key of an address that lies in neither the input nor quarantine: the input may have been
	// another one when the file was admitted. Optional.
	Elsewhere func(ctx context.Context, uri string) (objectstore.Store, string, error)
	// Progress, if set, is told how many input bytes conversions have read, from any goroutine. Optional.
	Progress func(batch BatchID, bytes int64)
}

// A Starter starts executions: Step Functions, or the runner of one machine.
type Starter interface {
	// Start starts the execution in.ExecutionName, once: a name that was started before is left alone, without error.
	// Durable when it returns nil, or else the sweep starts it again. Safe for concurrent use.
	Start(ctx context.Context, in ExecutionInput) error
	// State tells whether the execution runs. StateUnknown: never started, or forgotten; it may be started again.
	State(ctx context.Context, executionName string) (ExecutionState, error)
}

// An ExecutionState is what a Starter knows of an execution.
type ExecutionState string

// The states of an execution.
const (
	StateUnknown ExecutionState = "unknown"
	StateRunning ExecutionState = "running"
	StateEnded   ExecutionState = "ended"
)

// A Notifier tells people. An alert may be sent twice; it is never needed for correctness.
type Notifier interface {
	Alert(ctx context.Context, a Alert) error
}

// An Alert is the seed's payload. Fields beyond the seed's come last.
type Alert struct {
	FunctionError    string
	DatePrefix       string
	ManifestPath     string
	Error            AlertError
	Timestamp        string // RFC 3339, milliseconds, UTC
	ExecutionArn     string
	StateMachineName string
	File             string `json:",omitempty"` // where a single file is concerned
}

// AlertError is an alert's Error: what the seed's state machine catches.
type AlertError struct {
	Error string // a word, one of the reasons of docs/FORMATS.md
	Cause string // the same for a person
}

// Metrics counts. Losing a value is tolerable; blocking is not.
type Metrics interface {
	Count(ctx context.Context, metric string, value float64)
}

// The metrics counted.
const (
	MetricFilesAdmitted    = "FilesAdmitted"
	MetricFilesQuarantined = "FilesQuarantined"
	MetricFilesFailed      = "FilesFailed"
	MetricBatchesStarted   = "BatchesStarted"
	MetricBatchesCompleted = "BatchesCompleted"
	MetricBatchesFailed    = "BatchesFailed"
	MetricRows             = "Rows"
	MetricRejected         = "RejectedRecords"
	MetricRescued          = "RescuedValues"
	MetricBytesIn          = "BytesIn"
	MetricBytesOut         = "BytesOut"
	MetricBatchSeconds     = "BatchSeconds"
)

// Scratch is room for what is being written and does not count yet.
type Scratch interface {
	// New returns an empty file that vanishes when it is closed, and with the process.
	New() (ScratchFile, error)
}

// A ScratchFile is written from start to end, then read any number of times.
type ScratchFile interface {
	Write(p []byte) (int, error)
	Reader() objectstore.Body
	Size() int64
	Close() error
}

func (p *Pipeline) now() time.Time { return p.Now().UTC() }

// manifestPath is the address of a batch's manifest.
func (p *Pipeline) manifestPath(id BatchID) string { return p.Manifests.URI(ManifestKey(id)) }
