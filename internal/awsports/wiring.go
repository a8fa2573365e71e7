package awsports

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"ndjson-parquet/internal/ledger/dynamoledger"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/s3store"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/scratch"
	"ndjson-parquet/internal/settings"
)

// A Wiring is the core with its AWS ports, and what it was wired from.
type Wiring struct {
	Pipeline                 *pipeline.Pipeline
	Ledger                   *dynamoledger.Ledger
	InputBucket, InputPrefix string
	SDK                      aws.Config
}

// Wire wires the core from environment variables; docs/DEPLOY.md lists them. It makes no request.
// The functions and the command line share it, so that both mean the same pipeline. owner is unique
// to the process.
func Wire(ctx context.Context, sdk aws.Config, getenv func(string) string, log *slog.Logger, metrics pipeline.Metrics,
	owner string) (*Wiring, error) {
	core, err := settings.Config(settings.AWS(), settings.Env(getenv))
	var missing []string
	for _, name := range settings.Required() {
		if getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		err = errors.Join(fmt.Errorf("environment variables that are required are not set: %s (docs/DEPLOY.md says "+
			"what each means)", strings.Join(missing, ", ")), err)
	}
	if err != nil {
		return nil, err
	}
	w := &Wiring{
		SDK:         sdk,
		Ledger:      dynamoledger.New(sdk, getenv("TRACKING_TABLE"), core.RowTTL),
		InputBucket: getenv("INPUT_BUCKET"), InputPrefix: getenv("INPUT_PREFIX"),
	}
	if w.InputPrefix == "" {
		w.InputPrefix = settings.FunctionDefault("INPUT_PREFIX")
	}
	stateMachine := getenv("STEP_FUNCTION_ARN")
	p := pipeline.Ports{
		Now: time.Now, Log: log, Owner: owner, Metrics: metrics, Scratch: scratch.Space{MemoryLimit: 64 << 20},
		Ledger:   w.Ledger,
		Starter:  &Starter{Client: sfn.NewFromConfig(sdk), StateMachineARN: stateMachine},
		Notifier: noTopic{log},
	}
	if topic := getenv("ALERT_TOPIC_ARN"); topic != "" {
		p.Notifier = &Notifier{Client: sns.NewFromConfig(sdk), TopicARN: topic, StateMachineARN: stateMachine}
	}
	var options []func(*s3.Options)
	if owner := getenv("BUCKET_OWNER"); owner != "" {
		options = append(options, s3store.ExpectOwner(owner))
	}
	bucket := func(name, prefix string) (store objectstore.Store) {
		if err != nil {
			return nil
		}
		store, err = s3store.Open(ctx, "s3://"+name+"/"+prefix, options...)
		return store
	}
	manifests := getenv("MANIFEST_BUCKET")
	p.Input = bucket(w.InputBucket, w.InputPrefix)
	p.Manifests = bucket(manifests, "manifests/")
	p.Output = bucket(getenv("OUTPUT_BUCKET"), "")
	if quarantine := getenv("QUARANTINE_BUCKET"); quarantine != "" {
		p.Quarantine = bucket(quarantine, "")
	} else {
		// Without a bucket of its own quarantine is a folder beside the manifests, and originals
		// stay where they are.
		p.Quarantine = bucket(manifests, "quarantine/")
		core.OwnsInput = false
	}
	if err != nil {
		return nil, err
	}
	if w.Pipeline, err = pipeline.New(p, core); err != nil {
		return nil, err
	}
	return w, nil
}

// noTopic stands in where no alert topic is configured: the alert is in the log.
type noTopic struct{ log *slog.Logger }

func (n noTopic) Alert(_ context.Context, a pipeline.Alert) error {
	n.log.Error("alert", "batch", a.ExecutionArn, "file", a.File, "alert", a)
	return nil
}
