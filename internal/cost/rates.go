package cost

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Rates are numbers by name: prices in US dollars, or assumptions.
type Rates map[string]float64

// ListPrices returns the prices of us-east-1 in dollars, without free tiers. Those of Glue and of
// Lambda's GB-seconds are the ones that the original design (docs/DESIGN.md) assumes; Lambda on
// arm64 costs a fifth less.
func ListPrices() Rates {
	return Rates{
		"glue-dpu-hour":        0.44,
		"lambda-gb-second":     0.0000166667,
		"lambda-request":       0.20 / 1e6,
		"dynamodb-write-unit":  0.625 / 1e6,
		"dynamodb-read-unit":   0.125 / 1e6,
		"s3-put":               0.005 / 1e3, // also COPY, POST and LIST
		"s3-get":               0.0004 / 1e3,
		"sqs-request":          0.40 / 1e6,
		"states-transition":    0.025 / 1e3,
		"sns-publish":          0.50 / 1e6,
		"sns-email":            2.00 / 1e5,
		"cloudwatch-log-gb":    0.50,
		"cloudwatch-alarm":     0.10,
		"cloudwatch-dashboard": 3.00,
		"cloudwatch-metric":    0.30,
	}
}

// Assumptions returns the numbers that are not counted: sizes as Terraform sets them, and durations
// that no bill has confirmed.
func Assumptions() Rates {
	return Rates{
		"manifest-builder-mb":      256,
		"manifest-builder-seconds": 0.5, // an invocation
		"converter-mb":             1769,
		"converter-seconds":        0.5, // a batch, and
		"converter-mb-per-second":  17.5,
		"settler-mb":               256,
		"settler-seconds":          0.25, // twice a batch
		"sweeper-mb":               512,
		"sweeper-seconds":          1,    // a sweep, and
		"sweeper-files-per-second": 3000, // listed and looked up
		"sweeps-per-day":           24 * 12,
		"recent-listings-per-day":  24, // of what was put within
		"recent-hours":             6,  // and is not named after a date before yesterday
		"full-listings-per-day":    1,  // of what was put within
		"input-days":               60,
		"ledger-days":              90, // that dates stay in the ledger
		"messages-per-invocation":  10,
		"queue-pollers":            5, // of 20 seconds each, day and night
		"glue-dpus":                2, // workers of type G.1X
		"glue-seconds":             60,
		"glue-mb-per-second":       20,
		"glue-minimum-seconds":     60,  // billed
		"log-bytes-per-invocation": 500, // Lambda's own lines
		"failed-batches-percent":   0.1,
		"alert-emails":             1,
		"alarms":                   21,
		"dashboards":               1,
		"custom-metrics":           13, // that are sent when nothing fails; four of them by the sweeper
	}
}

// Set changes a rate from a text of the form name=value. what names the kind of rate in errors.
func (r Rates) Set(what, text string) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return &RateError{fmt.Sprintf("%q is not of the form name=value", text), r.hint()}
	}
	if _, known := r[name]; !known {
		return &RateError{fmt.Sprintf("there is no %s called %q", what, name), r.hint()}
	}
	v, err := strconv.ParseFloat(value, 64)
	if err != nil || !(v >= 0 && v < 1e12) {
		return &RateError{fmt.Sprintf("%s=%s: expected a number, not negative", name, value),
			fmt.Sprintf("%s=%g", name, r[name])}
	}
	r[name] = v
	return nil
}

func (r Rates) hint() string {
	return "one of " + strings.Join(slices.Sorted(maps.Keys(r)), ", ")
}

// A RateError says what is wrong with a rate, and what would be right.
type RateError struct{ Message, Hint string }

func (e *RateError) Error() string { return e.Message + " (" + e.Hint + ")" }
