package deployed

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"ndjson-parquet/aws"
)

// ErrEnvironment says that a name cannot be that of an environment.
var ErrEnvironment = errors.New("not the name of an environment")

// Open finds the pipeline of an environment (dev, prod, …) and wires it. It refuses a ledger that is not there, rather than
// look at, or begin, an empty one. It takes no file and converts nothing: that is the functions' work. ErrEnvironment.
func Open(ctx context.Context, env string, getenv func(string) string, log *slog.Logger) (*aws.Wiring, error) {
	if !validEnvironment.MatchString(env) {
		return nil, fmt.Errorf("%q: %w", env, ErrEnvironment)
	}
	sdk, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(awssdk.RetryModeStandard))
	if err != nil {
		return nil, fmt.Errorf("AWS configuration: %w", err)
	}
	if sdk.Region == "" {
		return nil, errors.New("no AWS region is set: set AWS_REGION, or AWS_PROFILE with a profile that has one")
	}
	if _, err := sdk.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("no AWS credentials (`aws configure` or `aws sso login` makes some; AWS_PROFILE chooses among them): %w", err)
	}
	getenv, err = settings(ctx, sdk, env, getenv, log)
	if err != nil {
		return nil, err
	}
	w, err := aws.Wire(ctx, sdk, getenv, log)
	if err != nil {
		return nil, fmt.Errorf("settings of the environment %s: %w", env, err)
	}
	if err := w.Ledger.Check(ctx); err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	w.Pipeline.Owner = fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6])
	w.Pipeline.Metrics = uncounted{}
	return w, nil
}

// uncounted counts nothing. The functions count what comes of a batch; that a person started it is in the log of the state
// machine.
type uncounted struct{}

func (uncounted) Count(context.Context, string, float64) {}
