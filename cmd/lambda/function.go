package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"ndjson-parquet/internal/awsports"
	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/settings"
)

// A function is what all handlers share: the core with its AWS ports.
type function struct {
	pipeline *pipeline.Pipeline
	metrics  *awsports.Metrics
	wiring   *awsports.Wiring
	catalog  *awsports.Catalog // nil without CATALOG_TABLE
}

// newFunction connects the core to AWS as environment variables say; docs/DEPLOY.md lists them. Log
// lines and metrics go to out.
func newFunction(ctx context.Context, handler string, getenv func(string) string, out io.Writer) (*function, error) {
	sdk, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeStandard),
		config.WithRetryMaxAttempts(6))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	log := slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: logLevel(getenv("LOG_LEVEL"))})).
		With("function", handler, "version", buildinfo.Version(), "build", buildinfo.Revision())
	metrics := &awsports.Metrics{
		Out: out, Environment: cmp.Or(getenv("ENVIRONMENT"), settings.FunctionDefault("ENVIRONMENT")),
		Function: handler, Now: time.Now, Log: log,
		Client: dynamodb.NewFromConfig(sdk), Table: getenv("METRICS_TABLE"),
	}
	w, err := awsports.Wire(ctx, sdk, getenv, log, metrics, owner(getenv))
	if err != nil {
		return nil, err
	}
	metrics.TTL = w.Pipeline.Config.RowTTL
	f := &function{pipeline: w.Pipeline, metrics: metrics, wiring: w}
	if table := getenv("CATALOG_TABLE"); table != "" {
		f.catalog = &awsports.Catalog{
			Client: glue.NewFromConfig(sdk), Database: getenv("CATALOG_DATABASE"), Table: table,
			Schemas: w.Pipeline.SchemaLog(),
		}
	}
	return f, nil
}

// owner identifies this instance of the function as a holder of leases.
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
