package localhome

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"ndjson-parquet/internal/pipeline"
)

// AlertsName is the file in the root that alerts are appended to, one JSON object a line.
const AlertsName = "alerts.ndjson"

// stateMachineName stands where an alert on AWS names its state machine.
const stateMachineName = "ndjson-parquet-processor-local"

// alerts implements pipeline.Notifier.
type alerts struct {
	path string
	log  *slog.Logger
}

// Alert implements pipeline.Notifier. A line is appended with one write, so that lines of several
// processes do not mix.
func (a alerts) Alert(_ context.Context, alert pipeline.Alert) (err error) {
	alert.StateMachineName = stateMachineName
	a.log.Error("alert: "+alert.FunctionError, "date", alert.DatePrefix, "reason", alert.Error.Error, "cause",
		alert.Error.Cause)
	line, err := json.Marshal(alert)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(a.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return fmt.Errorf("open the alerts file: %w", err)
	}
	if _, err = f.Write(append(line, '\n')); err != nil {
		err = fmt.Errorf("write the alerts file: %w", err)
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}
