package awshome

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"ndjson-parquet/internal/awsports"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// ErrEnvironment says that a name cannot be that of an environment.
var ErrEnvironment = errors.New("not the name of an environment")

// Environment returns the environment that a root names: aws is dev, aws:ENV is ENV. It reports
// false for every other root.
func Environment(root string) (env string, ok bool) {
	if root == "aws" {
		return "dev", true
	}
	return strings.CutPrefix(root, "aws:")
}

// A Home is a pipeline on AWS as seen from this process.
type Home struct {
	*home.Home
	Wiring   *awsports.Wiring
	admitted *counter
}

// Admitted returns the number of files that this process has admitted.
func (h *Home) Admitted() int { return int(h.admitted.files.Load()) }

// OpenView returns a view of the pipeline of an environment. See Open.
func OpenView(ctx context.Context, env string, getenv func(string) string, log *slog.Logger) (*home.View, error) {
	h, err := Open(ctx, env, getenv, log)
	if err != nil {
		return nil, err
	}
	return h.View, nil
}

// Open finds the pipeline of an environment (dev, prod, …) and wires it. It refuses a ledger that
// does not exist, instead of showing or starting an empty one. The error is ErrEnvironment if no
// environment can have that name.
func Open(ctx context.Context, env string, getenv func(string) string, log *slog.Logger) (*Home, error) {
	if !validEnvironment.MatchString(env) {
		return nil, fmt.Errorf("%q: %w", env, ErrEnvironment)
	}
	sdk, err := load(ctx, log)
	if err != nil {
		return nil, err
	}
	queue := &deadLetterQueue{env: env, getenv: getenv}
	getenv, err = variables(ctx, sdk, env, getenv, log)
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	admitted := &counter{}
	owner := fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6])
	queue.wiring, err = awsports.Wire(ctx, sdk, getenv, log, admitted, owner)
	if err != nil {
		return nil, fmt.Errorf("settings of the environment %s: %w", env, err)
	}
	if err := queue.wiring.Ledger.Check(ctx); err != nil {
		return nil, err
	}
	return assemble(env, queue, admitted, getenv("TRACKING_TABLE"))
}

// assemble makes a home out of what was opened.
func assemble(env string, queue *deadLetterQueue, admitted *counter, table string) (*Home, error) {
	p := queue.wiring.Pipeline
	place := func(s interface{ URI(key string) string }) string { return strings.TrimSuffix(s.URI(""), "/") }
	view, err := home.NewView(home.ViewParts{
		Reader: p.Reader, Config: p.Config, Resumption: pipeline.ResumedBySweep,
		Places: home.Places{
			Root: "aws:" + env, Input: place(p.Input), Manifests: place(p.Manifests), Output: place(p.Output),
			Quarantine: place(p.Quarantine),
			Ledger:     table, OwnsInput: p.Config.OwnsInput,
		},
		RecordedDeadLetters: func(context.Context, int) ([]pipeline.DeadLetter, error) { return nil, nil },
		AllDeadLetters:      queue.list,
		Close:               func(context.Context) error { return nil },
	})
	if err != nil {
		return nil, err
	}
	h, err := home.New(home.Parts{View: view, Pipeline: p, Redrive: queue.redrive})
	if err != nil {
		return nil, err
	}
	return &Home{h, queue.wiring, admitted}, nil
}

// load reads the SDK's configuration, and checks that there are a region and credentials.
func load(ctx context.Context, log *slog.Logger) (aws.Config, error) {
	sdk, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeStandard),
		config.WithHTTPClient(impatient()),
		config.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
			log.Debug("AWS SDK: " + fmt.Sprintf(format, v...)) // the errors have what matters of it
		})))
	if err != nil {
		return sdk, fmt.Errorf("AWS configuration: %w", err)
	}
	if sdk.Region == "" {
		return sdk, errors.New("no AWS region is set: set AWS_REGION, or AWS_PROFILE with a profile that has one")
	}
	if _, err := sdk.Credentials.Retrieve(ctx); err != nil {
		return sdk, fmt.Errorf("no AWS credentials (`aws configure` or `aws sso login` creates them; "+
			"AWS_PROFILE selects a profile): %w", err)
	}
	return sdk, nil
}

// impatient returns an HTTP client for interactive use. The SDK's own takes minutes to report that
// nothing answers.
func impatient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = 5 * time.Second }).
		WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = 15 * time.Second })
}

// A counter counts admitted files and drops every other metric: the functions count what becomes of
// a batch.
type counter struct{ files atomic.Int64 }

// Count implements pipeline.Metrics.
func (c *counter) Count(_ context.Context, metric string, value float64) {
	if metric == pipeline.MetricFilesAdmitted {
		c.files.Add(int64(value))
	}
}
