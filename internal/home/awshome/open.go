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
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"ndjson-parquet/internal/awsports"
)

// ErrEnvironment says that a name cannot be that of an environment.
var ErrEnvironment = errors.New("not the name of an environment")

// Open finds the pipeline of an environment (dev, prod, …) and wires it. It refuses a ledger that is not there, rather than
// look at, or begin, an empty one. It takes no file and converts nothing: that is the functions' work. ErrEnvironment.
func Open(ctx context.Context, env string, getenv func(string) string, log *slog.Logger) (*awsports.Wiring, error) {
	if !validEnvironment.MatchString(env) {
		return nil, fmt.Errorf("%q: %w", env, ErrEnvironment)
	}
	sdk, err := config.LoadDefaultConfig(ctx, config.WithRetryMode(aws.RetryModeStandard), config.WithHTTPClient(impatient()),
		config.WithLogger(logging.LoggerFunc(func(_ logging.Classification, format string, v ...any) {
			log.Debug("AWS SDK: " + fmt.Sprintf(format, v...)) // what matters of it is in the errors
		})))
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
	host, _ := os.Hostname()
	owner := fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6])
	w, err := awsports.Wire(ctx, sdk, getenv, log, uncounted{}, owner)
	if err != nil {
		return nil, fmt.Errorf("settings of the environment %s: %w", env, err)
	}
	if err := w.Ledger.Check(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

// impatient is the SDK's client for a person who waits. Where nothing answers, the SDK's own takes minutes to say so.
func impatient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = 5 * time.Second }).
		WithTransportOptions(func(t *http.Transport) { t.ResponseHeaderTimeout = 15 * time.Second })
}

// uncounted counts nothing. The functions count what comes of a batch; that a person started it is in the log of the state
// machine.
type uncounted struct{}

func (uncounted) Count(context.Context, string, float64) {}
