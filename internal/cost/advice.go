package cost

import (
	"fmt"
	"maps"
	"strings"
)

// An Advice is one way to pay less, with what the model says about it for a workload.
type Advice struct {
	Strategy string `json:"strategy"`
	Setting  string `json:"setting"` // what to change
	Text     string `json:"text"`
	// Native and Glue are the dollars a month that it saves with each engine; negative where it
	// costs more.
	Native float64 `json:"dollars_saved_native"`
	Glue   float64 `json:"dollars_saved_glue"`
}

// Prices of provisioned capacity in DynamoDB, in us-east-1, and the share of it that is used when
// it scales automatically.
const (
	writeCapacityHour = 0.00065
	readCapacityHour  = 0.00013
	utilization       = 0.7
)

// Advise compares a workload with five changes to it: larger batches, fewer workers, provisioned
// capacity, quarantine before conversion, and shorter retention.
func Advise(w Workload, prices, assumed Rates) ([]Advice, error) {
	a := adviser{w: w, prices: prices, assumed: assumed}
	larger := w
	larger.BatchFiles = min(10*w.BatchFiles, max(w.FilesPerDay, 1))
	workers := maps.Clone(assumed)
	workers["converter-mb"] = 1769.0 / 2
	workers["converter-mb-per-second"] = assumed["converter-mb-per-second"] / 2
	workers["glue-dpus"] = 2
	retention := maps.Clone(assumed)
	retention["input-days"], retention["ledger-days"] = 14, 30

	list := []Advice{
		a.compare(
			"Batch size",
			"max_files_per_manifest",
			fmt.Sprintf("%d files instead of %d: each file waits longer for its batch",
				larger.BatchFiles, w.BatchFiles),
			larger,
			assumed,
		),
		a.compare(
			"Workers",
			"converter memory, glue_number_of_workers",
			fmt.Sprintf("half the converter's memory takes twice as long, "+
				"and 2 Glue workers instead of %g are the least", assumed["glue-dpus"]),
			w,
			workers,
		),
		a.capacity(),
		a.quarantine(),
		a.compare(
			"Retention",
			"input_retention_days, ledger_retention_days",
			fmt.Sprintf("14 and 30 days instead of %g and %g: "+
				"sweeps list and look up less (storage, which is saved too, is not in the model)",
				assumed["input-days"], assumed["ledger-days"]),
			w,
			retention,
		),
	}
	return list, a.err
}

type adviser struct {
	w               Workload
	prices, assumed Rates
	err             error
}

// month is what an engine costs; 0 after an error.
func (a *adviser) month(w Workload, engine string, assumed Rates) Month {
	m, err := Model(w, engine, a.prices, assumed)
	if err != nil && a.err == nil {
		a.err = err
	}
	return m
}

func (a *adviser) compare(strategy, setting, text string, w Workload, assumed Rates) Advice {
	saved := func(engine string) float64 {
		return a.month(a.w, engine, a.assumed).Dollars("") - a.month(w, engine, assumed).Dollars("")
	}
	return Advice{strategy, setting, text, saved("native"), saved("glue")}
}

// capacity compares requests on demand with capacity that follows an even load.
func (a *adviser) capacity() Advice {
	hours := map[string]float64{
		"dynamodb-write-unit": writeCapacityHour, "dynamodb-read-unit": readCapacityHour,
	}
	saved := func(engine string) float64 {
		onDemand, provisioned := 0.0, 0.0
		for _, i := range a.month(a.w, engine, a.assumed).Items {
			hour := hours[i.Price]
			if hour == 0 {
				continue
			}
			onDemand += i.Dollars
			provisioned += i.Quantity / 3600 / utilization * hour // an hour of capacity is 3,600 units
		}
		return onDemand - provisioned
	}
	return Advice{
		"Capacity",
		"dynamodb_billing_mode, enable_autoscaling",
		"provisioned capacity at 70 % use instead of requests on demand: " +
			"for a load that is even over the day; bursts are cheaper on demand",
		saved("native"),
		saved("glue"),
	}
}

// quarantine is what it saves that a hundredth of the files is quarantined on arrival, before
// anything converts it.
func (a *adviser) quarantine() Advice {
	saved := func(engine string) float64 {
		later := 0.0
		for _, i := range a.month(a.w, engine, a.assumed).Items {
			// What a file costs until its verdict: its event, the function that reads it, one row.
			if !i.Fixed && i.Service != "SQS" && !strings.HasSuffix(i.Service, "manifest-builder") {
				later += i.Dollars
			}
		}
		const share, row = 0.01, 2 // of the files; write units, with the index
		return share * max(0, later-a.w.Files()*row*a.prices["dynamodb-write-unit"])
	}
	return Advice{
		"Early quarantine",
		"expected_file_size_mb, size_tolerance_percent",
		"for each percent of the files that is invalid: " +
			"a file of the wrong name or size is not converted",
		saved("native"),
		saved("glue"),
	}
}
