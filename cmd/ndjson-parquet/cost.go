package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/cost"
)

func (a *app) costCommand() *cobra.Command {
	var w cost.Workload
	var prices, assumptions []string
	cmd := &cobra.Command{
		Use:   "cost",
		Short: "What would a month on AWS cost?",
		Long: `What would a month on AWS cost, with the native engine and with Glue, by service?

Requests are those counted when batches are brought through the pipeline; prices are list prices of us-east-1
without free tiers; durations, sizes of functions and the like are assumptions, which no bill has confirmed.
--json shows all of them, with their names, for --price and --assume. Storage, the producers' own puts and
data transfer come on top. Below it stands what five changes would save; what they save does not add up.`,
		Example: `  ndjson-parquet cost                                            100,000 files of 3.5 MB a day
  ndjson-parquet cost --files-per-day 5000000 --batch-files 100  are larger batches cheaper?
  ndjson-parquet cost --price lambda-gb-second=0.0000133334      with functions on arm64
  ndjson-parquet cost --assume glue-seconds=180                  if Spark takes three minutes to begin and end
  ndjson-parquet cost --assume messages-per-invocation=1         if files come one by one, seconds apart`,
		Args: cli.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.cost(w, prices, assumptions) },
	}
	flags := cmd.Flags()
	flags.IntVar(&w.FilesPerDay, "files-per-day", 100_000, "files that arrive in a day")
	flags.Float64Var(&w.FileMB, "file-mb", 3.5, "size of a file, in MB")
	flags.IntVar(&w.BatchFiles, "batch-files", 10, "files of a batch (MAX_FILES_PER_MANIFEST)")
	flags.StringArrayVar(&prices, "price", nil, "another price in dollars, as name=value; may be repeated")
	flags.StringArrayVar(&assumptions, "assume", nil, "another assumption, as name=value; may be repeated")
	return cmd
}

// A costJSON is what cost --json prints.
type costJSON struct {
	Workload    cost.Workload `json:"workload"`
	Days        int           `json:"days"`
	GB          float64       `json:"gb"`
	Batches     float64       `json:"batches"`
	Engines     []engineJSON  `json:"engines"`
	Prices      cost.Rates    `json:"prices"`
	Assumptions cost.Rates    `json:"assumptions"`
	Measured    string        `json:"measured"`
	Advice      []cost.Advice `json:"advice"`
}

type engineJSON struct {
	cost.Month
	Dollars   float64 `json:"dollars"`
	PerGB     float64 `json:"dollars_per_gb"`
	PerBatch  float64 `json:"dollars_per_batch"`
	PerFiles  float64 `json:"dollars_per_million_files"`
	FixedPart float64 `json:"dollars_fixed"`
}

func (a *app) cost(w cost.Workload, prices, assumptions []string) error {
	out := costJSON{
		Workload: w, Days: cost.Days, Prices: cost.ListPrices(), Assumptions: cost.Assumptions(),
		Measured: cost.Counts().Measured,
	}
	for _, change := range []struct {
		what  string
		rates cost.Rates
		texts []string
	}{{"price", out.Prices, prices}, {"assumption", out.Assumptions, assumptions}} {
		for _, text := range change.texts {
			if err := change.rates.Set(change.what, text); err != nil {
				return costUsage(err)
			}
		}
	}
	for _, engine := range cost.Engines() {
		m, err := cost.Model(w, engine, out.Prices, out.Assumptions)
		if err != nil {
			return costUsage(err)
		}
		sum := m.Dollars("")
		out.Engines = append(out.Engines, engineJSON{m, sum, sum / w.GB(), sum / w.Batches(), sum / w.Files() * 1e6,
			sum - m.Variable()})
	}
	var err error
	if out.Advice, err = cost.Advise(w, out.Prices, out.Assumptions); err != nil {
		return costUsage(err)
	}
	out.GB, out.Batches = w.GB(), w.Batches()
	if a.asJSON {
		return a.JSON(out)
	}
	a.printCost(out)
	return nil
}

func costUsage(err error) error {
	var rate *cost.RateError
	if errors.As(err, &rate) {
		return cli.Usage(rate.Message, rate.Hint)
	}
	return cli.Usage(err.Error(), "ndjson-parquet cost --help")
}

// printCost prints a row a service, the dearest first, each with a bar as long as its part of the
// dearer engine's sum.
func (a *app) printCost(c costJSON) {
	a.Say("%s files of %g MB a day, in batches of %s: in %d days %s files, %s, %s batches\n\n",
		cli.Number(int64(c.Workload.FilesPerDay)), c.Workload.FileMB, cli.Number(int64(c.Workload.BatchFiles)), c.Days,
		cli.Number(int64(c.Workload.Files())), cli.Size(int64(c.GB*1e9)), cli.Number(int64(c.Batches)))
	native, glue := c.Engines[0], c.Engines[1]
	services := cost.Services(native.Month, glue.Month)
	slices.SortStableFunc(services, func(x, y string) int {
		return cmp.Or(cmp.Compare(native.Month.Dollars(y), native.Month.Dollars(x)),
			cmp.Compare(glue.Month.Dollars(y), glue.Month.Dollars(x)))
	})
	t := a.NewTable("service", "native $", "of it", "Glue $", "of it")
	for _, s := range services {
		n, g := native.Month.Dollars(s), glue.Month.Dollars(s)
		t.Row(cli.Text(s), dollars(n), cli.Text(bar(n/native.Dollars)), dollars(g), cli.Text(bar(g/glue.Dollars)))
	}
	t.Row(cli.Text("sum"), dollars(native.Dollars), cli.Text(""), dollars(glue.Dollars), cli.Text(""))
	t.Row(cli.Text("of it fixed"), dollars(native.FixedPart), cli.Text(""), dollars(glue.FixedPart), cli.Text(""))
	t.Row(cli.Text("a GB"), fine(native.PerGB), cli.Text(""), fine(glue.PerGB), cli.Text(""))
	t.Row(cli.Text("a batch"), fine(native.PerBatch), cli.Text(""), fine(glue.PerBatch), cli.Text(""))
	t.Print()
	a.Say("\nFive ways to pay less, and what they save in such a month:\n\n")
	t = a.NewTable("way", "native $", "Glue $", "settings")
	for _, s := range c.Advice {
		t.Row(cli.Text(s.Strategy), dollars(s.Native), dollars(s.Glue), cli.Text(s.Setting))
	}
	t.Print()
	a.Say("\n")
	for _, s := range c.Advice {
		a.Say("%s: %s.\n", s.Strategy, s.Text)
	}
}

const barWidth = 20

// bar is the part of 1 that x is, in eighths of a character.
func bar(x float64) string {
	eighths := int(math.Round(x * barWidth * 8))
	b := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		b += string(rune('█' + 8 - rest))
	}
	return b
}

func dollars(v float64) cli.Cell {
	if v == 0 {
		return cli.Text("-").Right()
	}
	cents := int64(math.Round(v * 100))
	return cli.Text(fmt.Sprintf("%s.%02d", cli.Number(cents/100), cents%100)).Right()
}

// fine is an amount below a dollar, mostly.
func fine(v float64) cli.Cell {
	return cli.Text(strconv.FormatFloat(v, 'f', 5, 64)).Right()
}
