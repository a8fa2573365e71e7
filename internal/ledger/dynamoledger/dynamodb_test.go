package dynamoledger

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"ndjson-parquet/internal/ledger/ledgertest"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/testenv"
)

func TestMain(m *testing.M) {
	// Every step of a random history makes dozens of requests.
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	status := m.Run()
	testenv.StopShared()
	os.Exit(status)
}

func TestContract_DynamoDBLocal(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	contract(t, ledgertest.Backend{Open: func(t testing.TB) pipeline.Ledger { return newTable(t) }, Large: 2000})
}

func TestContract_Moto(t *testing.T) {
	testenv.Moto(t).Setenv(t)
	contract(t, ledgertest.Backend{Open: func(t testing.TB) pipeline.Ledger { return newTable(t, oneAtATime) },
		Large: 400, Racers: 10})
}

func contract(t *testing.T, b ledgertest.Backend) {
	b.TiesInAnyOrder = true
	b.HoldLease = func(t testing.TB, l pipeline.Ledger, date string, until time.Time) {
		r := pipeline.ClaimRequest{Date: date, Owner: "a worker that died", Now: until.Add(-time.Minute),
			LeaseTTL: time.Minute}
		if _, err := l.(*Ledger).lease(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	ledgertest.Run(t, b)
}

// oneAtATime makes a client send its requests one after the other. Moto does not isolate requests:
// when it refuses a transaction, it restores a copy of the whole table that it made before.
func oneAtATime(cfg *aws.Config) {
	var sending sync.Mutex
	cfg.APIOptions = append(cfg.APIOptions, func(s *middleware.Stack) error {
		return s.Finalize.Add(middleware.FinalizeMiddlewareFunc("one at a time",
			func(ctx context.Context, in middleware.FinalizeInput,
				next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				sending.Lock()
				defer sending.Unlock()
				return next.HandleFinalize(ctx, in)
			}), middleware.After)
	})
}

var tables atomic.Int64

// newTable returns the ledger in a new table of the server that the environment names.
func newTable(t testing.TB, options ...func(*aws.Config)) *Ledger {
	t.Helper()
	cfg := configOf(t)
	name := fmt.Sprintf("file-tracking-%d", tables.Add(1))
	if _, err := dynamodb.NewFromConfig(cfg).CreateTable(t.Context(), Table(name)); err != nil {
		t.Fatalf("create the table: %v", err)
	}
	for _, o := range options {
		o(&cfg)
	}
	return New(cfg, name, 90*24*time.Hour)
}

func configOf(t testing.TB) aws.Config {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}
