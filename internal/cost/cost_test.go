package cost

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
)

// month returns the model with list prices and the default assumptions.
func month(t *testing.T, w Workload, engine string) Month {
	t.Helper()
	m, err := Model(w, engine, ListPrices(), Assumptions())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-4*math.Abs(b) }

func TestAMonthComputedByHand(t *testing.T) {
	w := Workload{FilesPerDay: 1000, FileMB: 3.5, BatchFiles: 10} // 30,000 files, 105 GB, 3,000 batches of 35 MB
	native, glue := month(t, w, "native"), month(t, w, "glue")
	for _, c := range []struct {
		m       Month
		service string
		want    float64
	}{
		// 3,000 × (0.5 s + 35 MB / 17.5 MB/s) × 1769/1024 GB × $0.0000166667, and 3,000 ×
		// $0.0000002
		{native, "Lambda converter", 0.216543},
		{glue, "Lambda converter", 0},
		// 3,000 × 0.5 s × 0.25 GB × $0.0000166667, and 3,000 × $0.0000002
		{native, "Lambda manifest-builder", 0.00685},
		// 6,000 × 0.25 s × 0.25 GB × $0.0000166667, and 6,000 × $0.0000002
		{glue, "Lambda settler", 0.00745},
		// 30 × (288 + 24 + 1) sweeps × (1 s × 0.5 GB × $0.0000166667 + $0.0000002), and for 30 ×
		// (60,000 + 24 × 250) files that are looked up, 3,000 a second, 660 s × 0.5 GB ×
		// $0.0000166667
		{native, "Lambda sweeper", 0.085627},
		// 3,000 × 2 DPUs × (60 s + 35 MB / 20 MB/s) / 3,600 × $0.44
		{glue, "Glue", 45.283333},
		{native, "Glue", 0},
		// 3,000 × (the start and four states) × $0.000025
		{native, "Step Functions", 0.375},
		// 30,000 sends, 3,000 receives and deletes; five pollers, every 20 s: 648,000; × $0.0000004
		{native, "SQS", 0.2736},
		// 3,000 × 0.1% × ($0.0000005 + $0.00002)
		{native, "SNS", 0.0000615},
	} {
		if got := c.m.Dollars(c.service); !near(got, c.want) {
			t.Errorf("%s: %s costs $%.6f, want $%.6f", c.m.Engine, c.service, got, c.want)
		}
	}
	if w.GB() != 105 || w.Batches() != 3000 {
		t.Errorf("%g GB, %g batches", w.GB(), w.Batches())
	}
}

func TestBatchesAsCountedCostWhatWasCounted(t *testing.T) {
	for _, run := range Counts().Runs {
		w := Workload{FilesPerDay: run.Files, FileMB: 3.5, BatchFiles: run.Files} // a batch a day
		got := map[string]float64{}
		m, err := Model(w, run.Engine, ListPrices(), withoutListings())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range m.Items {
			if !i.Fixed {
				got[i.Price] += i.Quantity
			}
		}
		puts, gets := 0, 0
		for _, service := range []string{"s3", "s3_of_the_job"} {
			r := run.Requests[service]
			puts += r["PutObject"] + r["CopyObject"] + r["ListObjectsV2"] + r["CreateMultipartUpload"] +
				r["UploadPart"] + r["UploadPartCopy"] + r["CompleteMultipartUpload"]
			gets += r["GetObject"] + r["HeadObject"]
		}
		sqs := 0
		for _, n := range run.Requests["sqs"] {
			sqs += n
		}
		invocations := 0
		for _, n := range run.Invocations {
			invocations += n
		}
		for price, want := range map[string]float64{
			"states-transition": float64(run.StateTransitions), "dynamodb-write-unit": run.WriteUnits,
			"dynamodb-read-unit": run.ReadUnits,
			"s3-put":             float64(puts), "s3-get": float64(gets), "sqs-request": float64(sqs),
			"lambda-request": float64(invocations),
		} {
			if !near(got[price], Days*want) {
				t.Errorf("%s, %d files: %g × %s in a month, want %g", run.Engine, run.Files, got[price], price,
					Days*want)
			}
		}
	}
}

func withoutListings() Rates {
	assumed := Assumptions()
	assumed["recent-listings-per-day"], assumed["full-listings-per-day"] = 0, 0
	return assumed
}

func TestListingsComputedByHand(t *testing.T) {
	w := Workload{FilesPerDay: 1000, FileMB: 3.5, BatchFiles: 10}
	without, err := Model(w, "native", ListPrices(), withoutListings())
	if err != nil {
		t.Fatal(err)
	}
	with := month(t, w, "native")
	// 30 × (60,000 that are kept + 24 × 1,500 of today and yesterday) files, a thousand a request,
	// × $0.000005
	if got := with.Dollars("S3 requests") - without.Dollars("S3 requests"); !near(got, 0.0144) {
		t.Errorf("the listings' requests cost $%g", got)
	}
	sweeps := Counts().Sweeps
	perFile := (sweeps[2].ReadUnits - sweeps[1].ReadUnits) / float64(sweeps[2].Listed)
	if perFile <= 0 || perFile >= 0.5 {
		t.Errorf("looking up a file costs %g units: by itself it would cost half a unit", perFile)
	}
	// 30 × (60,000 + 24 × 250 of the last six hours) files, and 30 × 25 sweeps: × $0.000000125
	perSweep := sweeps[0].ReadUnits + (sweeps[1].ReadUnits-sweeps[0].ReadUnits)/10*(90-1)
	want := (30*66_000*perFile + 30*25*perSweep) * 0.125 / 1e6
	if got := with.Dollars("DynamoDB") - without.Dollars("DynamoDB"); !near(got, want) {
		t.Errorf("looking up what is listed costs $%g, want $%g", got, want)
	}
}

func TestCountedServicesAreModelled(t *testing.T) {
	modelled := []string{"dynamodb", "s3", "s3_of_the_job", "sqs", "states"}
	for _, run := range Counts().Runs {
		for service, operations := range run.Requests {
			if !slices.Contains(modelled, service) {
				t.Errorf("requests to %s are counted, but not in the model", service)
			}
			// An execution is billed by its transitions.
			if service == "states" && len(operations) != operations["StartExecution"] {
				t.Errorf("more than one request to states: %v", operations)
			}
		}
	}
	if Counts().Measured == "" {
		t.Error("it is not said what is measured")
	}
}

func TestTwiceTheFilesCostTwice(t *testing.T) {
	for _, engine := range Engines() {
		for _, w := range []Workload{{100, 3.5, 10}, {50_000, 0.1, 100}, {7_000, 2000, 7}} {
			twice := w
			twice.FilesPerDay *= 2
			one, two := month(t, w, engine), month(t, twice, engine)
			if !near(two.Variable(), 2*one.Variable()) {
				t.Errorf("%s: %+v costs $%g, twice the files $%g", engine, w, one.Variable(), two.Variable())
			}
			if fixed, same := one.Dollars("")-one.Variable(), two.Dollars("")-two.Variable(); !near(fixed, same) ||
				fixed <= 0 {
				t.Errorf("%s: the fixed part is $%g, then $%g", engine, fixed, same)
			}
		}
	}
}

func TestLargerBatchesCostLess(t *testing.T) {
	for _, engine := range Engines() {
		before := math.Inf(1)
		for _, files := range []int{1, 2, 5, 10, 20, 50, 100, 1000} {
			m := month(t, Workload{10_000, 3.5, files}, engine)
			if sum := m.Dollars(""); sum >= before {
				t.Errorf("%s: batches of %d files cost $%g, smaller ones $%g", engine, files, sum, before)
			} else {
				before = sum
			}
			for _, i := range m.Items {
				if i.Quantity < 0 || i.Dollars < 0 {
					t.Errorf("%s, batches of %d: %+v", engine, files, i)
				}
			}
		}
	}
}

func TestGlueIsBilledForAMinuteAtLeast(t *testing.T) {
	assumed := Assumptions()
	assumed["glue-seconds"] = 5
	w := Workload{10, 0.1, 10}
	m, err := Model(w, "glue", ListPrices(), assumed)
	if want := 30 * 2 * 0.44 / 60; err != nil || !near(m.Dollars("Glue"), want) {
		t.Errorf("$%g, want $%g: %v", m.Dollars("Glue"), want, err)
	}
}

func TestALastPartialBatchIsABatch(t *testing.T) {
	if got := (Workload{11, 1, 10}).Batches(); got != 2*Days {
		t.Errorf("%g batches", got)
	}
}

func TestEveryPriceAndAssumptionMatters(t *testing.T) {
	w := Workload{1000, 3.5, 10}
	sum := func(prices, assumed Rates) float64 {
		t.Helper()
		total := 0.0
		for _, engine := range Engines() {
			m, err := Model(w, engine, prices, assumed)
			if err != nil {
				t.Fatal(err)
			}
			total += m.Dollars("")
		}
		return total
	}
	usual := sum(ListPrices(), Assumptions())
	for name := range ListPrices() {
		if p := ListPrices(); p[name] <= 0 {
			t.Errorf("%s costs %g", name, p[name])
		} else if p[name] *= 2; sum(p, Assumptions()) <= usual {
			t.Errorf("nothing costs more when %s does", name)
		}
		without := ListPrices()
		delete(without, name)
		var failures error
		for _, engine := range Engines() {
			_, err := Model(w, engine, without, Assumptions())
			failures = errors.Join(failures, err)
		}
		if failures == nil || !strings.Contains(failures.Error(), name) {
			t.Errorf("without a price %s: %v", name, failures)
		}
	}
	for name := range Assumptions() {
		a := Assumptions()
		a[name] *= 2
		if sum(ListPrices(), a) == usual {
			t.Errorf("nothing changes when %s does", name)
		}
	}
}

func TestRates_Set(t *testing.T) {
	prices := ListPrices()
	if err := prices.Set("price", "s3-put=0.5"); err != nil || prices["s3-put"] != 0.5 {
		t.Errorf("%g: %v", prices["s3-put"], err)
	}
	before := maps.Clone(prices)
	for text, hint := range map[string]string{
		"s3-pt=1": "s3-put", "s3-put": "s3-put", "": "s3-put", "s3-put=": "0.5", "s3-put=-1": "0.5",
		"s3-put=NaN": "0.5", "s3-put=Inf": "0.5", "s3-put=$1": "0.5",
	} {
		var bad *RateError
		if err := prices.Set("price", text); !errors.As(err, &bad) || !strings.Contains(bad.Hint, hint) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if !maps.Equal(before, prices) {
		t.Error("a refused rate was set")
	}
}

func TestModelRefusesWhatMakesNoSense(t *testing.T) {
	for _, w := range []Workload{{0, 1, 1}, {-1, 1, 1}, {1, 0, 1}, {1, math.NaN(), 1}, {1, math.Inf(1), 1}, {1, 1, 0}} {
		if _, err := Model(w, "native", ListPrices(), Assumptions()); err == nil {
			t.Errorf("%+v was modelled", w)
		}
	}
	if _, err := Model(Workload{1, 1, 1}, "flink", ListPrices(), Assumptions()); err == nil ||
		!strings.Contains(err.Error(), "native, glue") {
		t.Errorf("an unknown engine: %v", err)
	}
	assumed := Assumptions()
	assumed["converter-mb-per-second"] = 0
	if _, err := Model(Workload{1, 1, 1}, "native", ListPrices(), assumed); err == nil {
		t.Error("a division by 0 was modelled")
	}
}
