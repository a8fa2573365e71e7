package dynamodb

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ndjson-parquet/internal/testenv"
	"ndjson-parquet/ledger/ledgertest"
	"ndjson-parquet/pipeline"
)

func TestMain(m *testing.M) {
	// Every step of a random history is dozens of requests.
	if err := flag.Set("rapid.checks", "12"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func TestContract_DynamoDBLocal(t *testing.T) { contract(t, testenv.DynamoDBLocal(t)) }

func TestContract_Moto(t *testing.T) { contract(t, testenv.Moto(t)) }

func contract(t *testing.T, server testenv.Server) {
	server.Setenv(t)
	ledgertest.Run(t, ledgertest.Backend{
		Open:           func(t testing.TB) pipeline.Ledger { return newTable(t) },
		TiesInAnyOrder: true,
		Large:          600,
		HoldLease: func(t testing.TB, l pipeline.Ledger, date string, until time.Time) {
			r := pipeline.ClaimRequest{Date: date, Owner: "a worker that died", Now: until.Add(-time.Minute), LeaseTTL: time.Minute}
			if _, err := l.(*Ledger).lease(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		},
	})
}

var tables atomic.Int64

// newTable returns the ledger in a new table of the server that the environment points at.
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
