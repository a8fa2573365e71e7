// Package cost models the monthly cost of the AWS pipeline, by service, with either engine.
// Requests are those that were counted (requests.json). Prices and other assumptions can be
// changed.
//
// It leaves out storage (of objects, rows and logs), the producers' own puts, data transfer, taxes,
// free tiers, and failures except their alerts.
package cost

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Days is the length of a month.
const Days = 30

// countedMB is the size of the files whose requests were counted.
const countedMB = 3.5

// A Workload is what arrives.
type Workload struct {
	FilesPerDay int     `json:"files_per_day"`
	FileMB      float64 `json:"file_mb"`
	BatchFiles  int     `json:"batch_files"`
}

// Files is the number of files in a month.
func (w Workload) Files() float64 { return Days * float64(w.FilesPerDay) }

// Batches is the number of batches in a month. The last of a day may be partial.
func (w Workload) Batches() float64 {
	return Days * math.Ceil(float64(w.FilesPerDay)/float64(w.BatchFiles))
}

// GB is the size of a month's input, in units of 1,000 MB.
func (w Workload) GB() float64 { return w.Files() * w.FileMB / 1000 }

func (w Workload) check() error {
	switch {
	case w.FilesPerDay < 1 || w.FilesPerDay > 1e9:
		return fmt.Errorf("%d files a day: expected 1 to 1,000,000,000", w.FilesPerDay)
	case !(w.FileMB > 0 && w.FileMB <= 1e6):
		return fmt.Errorf("files of %g MB: expected more than 0, at most 1,000,000", w.FileMB)
	case w.BatchFiles < 1 || w.BatchFiles > 1e6:
		return fmt.Errorf("batches of %d files: expected 1 to 1,000,000", w.BatchFiles)
	}
	return nil
}

// An Item is a line of a bill.
type Item struct {
	Service  string  `json:"service"`
	Price    string  `json:"price"` // its name
	Quantity float64 `json:"quantity"`
	Dollars  float64 `json:"dollars"`
	Fixed    bool    `json:"fixed"` // independent of the input
}

// A Month is what one engine costs.
type Month struct {
	Engine string `json:"engine"`
	Items  []Item `json:"items"`
}

// Dollars sums the items of a service; all where it is empty.
func (m Month) Dollars(service string) float64 {
	sum := 0.0
	for _, i := range m.Items {
		if service == "" || i.Service == service {
			sum += i.Dollars
		}
	}
	return sum
}

// Variable is the sum of the items that depend on the input.
func (m Month) Variable() float64 {
	sum := 0.0
	for _, i := range m.Items {
		if !i.Fixed {
			sum += i.Dollars
		}
	}
	return sum
}

// Services returns the services of the items in the order of their first use.
func Services(months ...Month) []string {
	var services []string
	seen := map[string]bool{}
	for _, m := range months {
		for _, i := range m.Items {
			if !seen[i.Service] {
				seen[i.Service] = true
				services = append(services, i.Service)
			}
		}
	}
	return services
}

// Engines returns the engines of the model.
func Engines() []string { return []string{"native", "glue"} }

// Model returns a month of the workload with an engine.
func Model(w Workload, engine string, prices, assumed Rates) (Month, error) {
	if err := w.check(); err != nil {
		return Month{}, err
	}
	lines, err := newLines(engine)
	if err != nil {
		return Month{}, err
	}
	b := &bill{Month: Month{Engine: engine}, prices: prices}
	batchMB := w.Files() / w.Batches() * w.FileMB

	functions := b.lambdas(w, batchMB, engine, assumed)
	b.sweeps(w, assumed)
	if engine == "glue" {
		seconds := max(assumed["glue-minimum-seconds"], assumed["glue-seconds"]+batchMB/assumed["glue-mb-per-second"])
		b.add("Glue", "glue-dpu-hour", w.Batches()*assumed["glue-dpus"]*seconds/3600)
	}
	b.add("Step Functions", "states-transition",
		lines.of(w, func(r Run) float64 { return float64(r.StateTransitions) }))
	b.add("DynamoDB", "dynamodb-write-unit", lines.of(w, func(r Run) float64 { return r.WriteUnits }))
	b.add("DynamoDB", "dynamodb-read-unit", lines.of(w, func(r Run) float64 { return r.ReadUnits }))
	// Files larger than those counted are read and written in more requests; smaller ones hardly in
	// fewer.
	scale := max(1, w.FileMB/countedMB)
	b.add("S3 requests", "s3-put", lines.scaled(w, scale, func(r Run) float64 { return r.s3("s3-put") }))
	b.add("S3 requests", "s3-get", lines.scaled(w, scale, func(r Run) float64 { return r.s3("s3-get") }))
	b.add("SQS", "sqs-request", w.Files()+2*functions["manifest-builder"])
	const pollSeconds = 20
	b.fixed("SQS", "sqs-request", assumed["queue-pollers"]*Days*24*3600/pollSeconds)
	alerts := w.Batches() * assumed["failed-batches-percent"] / 100
	b.add("SNS", "sns-publish", alerts)
	b.add("SNS", "sns-email", alerts*assumed["alert-emails"])
	logged := lines.of(w, func(r Run) float64 { return float64(r.LogBytes) })
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		logged += functions[name] * assumed["log-bytes-per-invocation"]
	}
	b.add("CloudWatch", "cloudwatch-log-gb", logged/1e9)
	b.fixed("CloudWatch", "cloudwatch-alarm", assumed["alarms"])
	b.fixed("CloudWatch", "cloudwatch-dashboard", assumed["dashboards"])
	b.fixed("CloudWatch", "cloudwatch-metric", assumed["custom-metrics"])
	return b.Month, b.err
}

// lambdas adds the functions and returns how often the input invokes each.
func (b *bill) lambdas(w Workload, batchMB float64, engine string, assumed Rates) map[string]float64 {
	invocations := map[string]float64{}
	add := func(name string, times, seconds float64) {
		service := "Lambda " + name
		b.add(service, "lambda-request", times)
		b.add(service, "lambda-gb-second", times*seconds*assumed[name+"-mb"]/1024)
	}
	invocations["manifest-builder"] = w.Files() / max(1, assumed["messages-per-invocation"])
	add("manifest-builder", invocations["manifest-builder"], assumed["manifest-builder-seconds"])
	if engine == "native" {
		invocations["converter"] = w.Batches()
		add("converter", invocations["converter"],
			assumed["converter-seconds"]+batchMB/assumed["converter-mb-per-second"])
	}
	invocations["settler"] = 2 * w.Batches() // at the start of an execution and at its end
	add("settler", invocations["settler"], assumed["settler-seconds"])
	return invocations
}

// sweeps adds the sweeper: the fixed cost of its passes, and the cost of listing and looking up
// files.
func (b *bill) sweeps(w Workload, assumed Rates) {
	perDay := assumed["sweeps-per-day"] + assumed["recent-listings-per-day"] + assumed["full-listings-per-day"]
	const service = "Lambda sweeper"
	b.fixed(service, "lambda-request", Days*perDay)
	b.fixed(service, "lambda-gb-second", Days*perDay*assumed["sweeper-seconds"]*assumed["sweeper-mb"]/1024)
	c := countSweeps()
	b.fixed("DynamoDB", "dynamodb-read-unit", Days*perDay*(c.units+c.unitsOfDate*assumed["ledger-days"]))
	b.fixed("CloudWatch", "cloudwatch-log-gb", Days*perDay*(c.logBytes+assumed["log-bytes-per-invocation"])/1e9)

	aDay := float64(w.FilesPerDay)
	all := aDay * assumed["input-days"] * assumed["full-listings-per-day"]
	// At a random time a day has half its files on average, so that together with yesterday's one
	// and a half days are listed.
	listed := all + 1.5*aDay*assumed["recent-listings-per-day"]
	lookedUp := all + aDay*assumed["recent-hours"]/24*assumed["recent-listings-per-day"]
	const listPage = 1000
	b.add("S3 requests", "s3-put", Days*listed/listPage)
	b.add("DynamoDB", "dynamodb-read-unit", Days*lookedUp*c.unitsOfFile)
	b.add(service, "lambda-gb-second", Days*lookedUp/assumed["sweeper-files-per-second"]*assumed["sweeper-mb"]/1024)
}

// sweepCounts are the counts of sweeps by cause.
type sweepCounts struct {
	units       float64 // read units of a sweep
	unitsOfDate float64 // in addition for each date of the ledger
	unitsOfFile float64 // in addition for each file that is looked up
	logBytes    float64
}

func countSweeps() sweepCounts {
	s := Counts().Sweeps // with few dates, with more, and with a listing too
	c := sweepCounts{
		unitsOfDate: (s[1].ReadUnits - s[0].ReadUnits) / float64(s[1].Dates-s[0].Dates),
		unitsOfFile: (s[2].ReadUnits - s[1].ReadUnits) / float64(s[2].Listed),
		logBytes:    float64(s[1].LogBytes),
	}
	c.units = s[0].ReadUnits - c.unitsOfDate*float64(s[0].Dates)
	return c
}

// A bill is a month that is being computed.
type bill struct {
	Month
	prices Rates
	err    error
}

func (b *bill) add(service, price string, quantity float64) {
	each, ok := b.prices[price]
	if !ok {
		b.err = errors.Join(b.err, fmt.Errorf("%s has no price called %s", service, price))
	}
	if math.IsNaN(quantity) || math.IsInf(quantity, 0) {
		b.err = errors.Join(b.err, fmt.Errorf("%s: an assumption that is divided by is 0", service))
	}
	b.Items = append(b.Items, Item{Service: service, Price: price, Quantity: quantity, Dollars: quantity * each})
}

func (b *bill) fixed(service, price string, quantity float64) {
	b.add(service, price, quantity)
	b.Items[len(b.Items)-1].Fixed = true
}

// lines are the lines through the counts for a batch of ten files and one of twenty: a part for
// every batch and one for every file. They overstate the puts of large batches, because between the
// two the output begins to be uploaded in parts.
type lines struct{ ten, twenty Run }

func newLines(engine string) (lines, error) {
	var l lines
	for _, r := range Counts().Runs {
		switch {
		case r.Engine == engine && r.Files == 10:
			l.ten = r
		case r.Engine == engine && r.Files == 20:
			l.twenty = r
		}
	}
	if l.ten.Files == 0 || l.twenty.Files == 0 {
		return l, fmt.Errorf("there are no counts for the engine %q: one of %s", engine, strings.Join(Engines(), ", "))
	}
	return l, nil
}

// of returns a month's sum of a quantity.
func (l lines) of(w Workload, quantity func(Run) float64) float64 { return l.scaled(w, 1, quantity) }

// scaled is like of for files that each cost scale times as much as the counted ones.
func (l lines) scaled(w Workload, scale float64, quantity func(Run) float64) float64 {
	ten, twenty := quantity(l.ten), quantity(l.twenty)
	aFile := (twenty - ten) / 10
	return scale*aFile*w.Files() + (ten-10*aFile)*w.Batches()
}

// s3 returns the number of requests with one price. Deletions are free.
func (r Run) s3(price string) float64 {
	sum := 0
	for _, service := range []string{"s3", "s3_of_the_job"} {
		for operation, n := range r.Requests[service] {
			switch {
			case strings.HasPrefix(operation, "Delete"):
			case (operation == "GetObject" || operation == "HeadObject") == (price == "s3-get"):
				sum += n
			}
		}
	}
	return float64(sum)
}
