package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"ndjson-parquet/aws"
	"ndjson-parquet/ledger/dynamodb"
	"ndjson-parquet/objectstore"
	"ndjson-parquet/objectstore/s3"
	"ndjson-parquet/pipeline"
	"ndjson-parquet/scratch"
)

// A function is what all handlers share: the core with its AWS ports.
type function struct {
	pipeline    *pipeline.Pipeline
	metrics     *aws.Metrics
	inputBucket string
	inputPrefix string
}

// newFunction wires the core from environment variables. docs/DEPLOY.md lists them.
func newFunction(ctx context.Context, handler string, getenv func(string) string) (*function, error) {
	e := environment{getenv: getenv}
	core, err := pipeline.ConfigFromEnv(deployedConfig(), getenv)
	if err != nil {
		return nil, err
	}
	f := &function{inputBucket: e.required("INPUT_BUCKET"), inputPrefix: e.or("INPUT_PREFIX", "pipeline/input/")}
	manifests, output := e.required("MANIFEST_BUCKET"), e.required("OUTPUT_BUCKET")
	table, stateMachine := e.required("TRACKING_TABLE"), e.required("STEP_FUNCTION_ARN")
	quarantine := e.or("QUARANTINE_BUCKET", "")
	if err := errors.Join(e.missing...); err != nil {
		return nil, err
	}
	sdk, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(awssdk.RetryModeStandard), config.WithRetryMaxAttempts(6))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: logLevel(e.or("LOG_LEVEL", "info"))})).With("function", handler)
	db := awsdynamodb.NewFromConfig(sdk)
	f.metrics = &aws.Metrics{
		Out: os.Stdout, Environment: e.or("ENVIRONMENT", "dev"), Function: handler, Now: time.Now, Log: log,
		Client: db, Table: e.or("METRICS_TABLE", ""), TTL: core.RowTTL,
	}
	p := &pipeline.Pipeline{
		Config: core, Now: time.Now, Log: log, Metrics: f.metrics, Scratch: scratch.Space{MemoryLimit: 64 << 20}, Owner: owner(getenv),
		Ledger:  dynamodb.New(sdk, table, core.RowTTL),
		Starter: &aws.Starter{Client: sfn.NewFromConfig(sdk), StateMachineARN: stateMachine},
	}
	name := stateMachine[strings.LastIndex(stateMachine, ":")+1:]
	p.Notifier = noTopic{log}
	if topic := e.or("ALERT_TOPIC_ARN", ""); topic != "" {
		p.Notifier = &aws.Notifier{Client: sns.NewFromConfig(sdk), TopicARN: topic, StateMachineName: name}
	}
	bucket := func(name, prefix string) (store objectstore.Store) {
		if err != nil {
			return nil
		}
		store, err = s3.Open(ctx, "s3://"+name+"/"+prefix)
		return store
	}
	p.Input = bucket(f.inputBucket, f.inputPrefix)
	p.Manifests = bucket(manifests, "manifests/")
	p.Output = bucket(output, "")
	if quarantine == "" {
		// Without a bucket of its own quarantine is a folder beside the manifests, and originals stay where they are.
		p.Quarantine = bucket(manifests, "quarantine/")
		p.Config.OwnsInput = false
	} else {
		p.Quarantine = bucket(quarantine, "")
	}
	f.pipeline = p
	return f, err
}

// deployedConfig is what holds on AWS when nothing is said: the seed's defaults.
func deployedConfig() pipeline.Config {
	c := pipeline.DefaultConfig()
	c.ExpectedFileSizeMB = 3.5
	c.OwnsInput = true
	c.RowTTL = 90 * 24 * time.Hour
	c.ListHorizon = 30 * 24 * time.Hour
	c.StaleAfter = 5 * time.Minute
	return c
}

// owner identifies this instance of the function as the holder of leases.
func owner(getenv func(string) string) string {
	if stream := getenv("AWS_LAMBDA_LOG_STREAM_NAME"); stream != "" {
		return stream
	}
	return fmt.Sprintf("pid-%d-%d", os.Getpid(), time.Now().UnixNano())
}

func logLevel(name string) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return level
}

// environment reads variables and gathers what is missing.
type environment struct {
	getenv  func(string) string
	missing []error
}

func (e *environment) required(name string) string {
	v := e.getenv(name)
	if v == "" {
		e.missing = append(e.missing, fmt.Errorf("%s is not set", name))
	}
	return v
}

func (e *environment) or(name, otherwise string) string {
	if v := e.getenv(name); v != "" {
		return v
	}
	return otherwise
}

func handlerNames(handlers map[string]any) []string { return slices.Sorted(maps.Keys(handlers)) }

// noTopic stands in where no alert topic is configured: the alert is in the log.
type noTopic struct{ log *slog.Logger }

func (n noTopic) Alert(_ context.Context, a pipeline.Alert) error {
	n.log.Error("alert", "alert", a)
	return nil
}
