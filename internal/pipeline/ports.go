package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/convert"
	"ndjson-parquet/internal/objectstore"
)

// Ports are what a Pipeline needs from outside. All are safe for concurrent use.
type Ports struct {
	Ledger     Ledger
	Input      objectstore.Store
	Manifests  objectstore.Store
	Output     objectstore.Store
	Quarantine objectstore.Store

	Starter  Starter
	Notifier Notifier
	Metrics  Metrics
	Scratch  objectstore.Scratch // for output that is not published yet
	Now      func() time.Time
	Log      *slog.Logger
	// Owner identifies this process as the holder of leases. No other process has the same.
	Owner string

	// Sleep waits for d or until ctx is done, and then returns ctx's error. Optional: by default it
	// waits on the system's timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Locate finds the store and key of an address that is neither in Input nor in Quarantine: the
	// file may have been admitted from another input. Optional: by default no such address is
	// found.
	Locate func(ctx context.Context, uri string) (objectstore.Store, string, error)
	// Progress receives how many input bytes the conversion of a batch has read so far. It may be
	// called from any goroutine. Optional.
	Progress func(batch BatchID, bytes int64)
}

// complete reports missing ports and fills in the optional ones.
func (p *Ports) complete() error {
	var missing []string
	for name, absent := range map[string]bool{
		"Ledger": p.Ledger == nil, "Input": p.Input == nil, "Manifests": p.Manifests == nil, "Output": p.Output == nil,
		"Quarantine": p.Quarantine == nil, "Starter": p.Starter == nil, "Notifier": p.Notifier == nil,
		"Metrics": p.Metrics == nil, "Scratch": p.Scratch == nil, "Now": p.Now == nil, "Log": p.Log == nil,
		"Owner": p.Owner == "",
	} {
		if absent {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return missingPorts(missing)
	}
	if p.Sleep == nil {
		p.Sleep = sleep
	}
	if p.Locate == nil {
		p.Locate = func(_ context.Context, uri string) (objectstore.Store, string, error) {
			return nil, "", fmt.Errorf("%s is neither in the input nor in quarantine: %w", uri, convert.ErrMissing)
		}
	}
	if p.Progress == nil {
		p.Progress = func(BatchID, int64) {}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// A Starter starts executions: Step Functions on AWS, a runner in the process on one machine.
type Starter interface {
	// Start starts the execution in.ExecutionName unless one of that name was started before; then
	// it does nothing and returns nil. An execution whose Start returned nil runs even if the
	// caller crashes, or its batch becomes stale and the sweep starts it again.
	Start(ctx context.Context, in ExecutionInput) error
	// State returns the state of an execution. An execution in StateUnknown may be started again.
	State(ctx context.Context, executionName string) (ExecutionState, error)
}

// An ExecutionState is what a Starter knows of an execution.
type ExecutionState string

// The states of an execution.
const (
	StateUnknown ExecutionState = "unknown" // never started, or no longer known
	StateRunning ExecutionState = "running"
	StateEnded   ExecutionState = "ended"
)

// A Notifier sends alerts to the operator. An alert may be sent twice, and losing one does not
// affect the data.
type Notifier interface {
	Alert(ctx context.Context, a Alert) error
}

// An Alert is the payload of an alert. The original design (docs/DESIGN.md) defines its fields;
// those that were added later come last.
type Alert struct {
	FunctionError    string
	DatePrefix       string
	ManifestPath     string
	Error            AlertError
	Timestamp        string // RFC 3339, milliseconds, UTC
	ExecutionArn     string
	StateMachineName string
	File             string `json:",omitempty"` // key of the file, if the alert is about a single one
}

// An AlertError is an alert's Error, in the form in which a state machine catches one.
type AlertError struct {
	Error string // one of the reasons of docs/FORMATS.md
	Cause string // the same as a sentence
}

// Metrics counts events. A value may be lost; Count must not block.
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

func missingPorts(names []string) error {
	return fmt.Errorf("a pipeline needs the ports %s", strings.Join(names, ", "))
}
