package preview

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// datePatterns are the patterns that are proposed, the more particular of two first.
var datePatterns = []string{
	"{date}", "dt={date}/", "date={date}/", "day={date}/", "*={date}/", "{date}/", "*{date}/",
	"year={yyyy}/month={mm}/day={dd}/", "y={yyyy}/m={mm}/d={dd}/", "*={yyyy}/*={mm}/*={dd}/", "*={yyyy}/*={m}/*={d}/",
	"{yyyy}/{mm}/{dd}/", "{yyyy}/{m}/{d}/", "{yyyy}-{mm}/{dd}/", "{yyyy}/{mm}-{dd}/", "{yyyy}{mm}/{dd}/",
	"{yyyymmdd}/", "*={yyyymmdd}/", "*{yyyymmdd}/", "*{date}", "*{yyyymmdd}", "*{yyyy}_{mm}_{dd}", "*{yyyy}.{mm}.{dd}",
	"*{yyyy}-{m}-{d}", "{yyyy}/{mm}/{dd}", "{yyyy}/{mm}/*{dd}", "*{dd}.{mm}.{yyyy}", "*{dd}-{mm}-{yyyy}",
}

// extensions are those of files that often have NDJSON.
var extensions = []string{".ndjson", ".jsonl", ".json", ".ldjson", ".jsonlines", ".log", ".txt"}

// propose adds the settings that would accept more of the sample.
func (p *Preview) propose(sample []objectstore.Object, c pipeline.Config, now time.Time) {
	if len(sample) == p.Accepted {
		return
	}
	p.proposePattern(sample, c, now)
	p.proposeExtensions(sample, c)
	sizes := 0
	for _, f := range p.Files {
		if f.Reason == pipeline.ReasonTooSmall || f.Reason == pipeline.ReasonTooLarge {
			sizes++
		}
	}
	if sizes > 0 && c.ExpectedFileSizeMB > 0 {
		p.Proposals = append(p.Proposals, Proposal{"--expected-file-size-mb", "0", "EXPECTED_FILE_SIZE_MB", sizes,
			"accepts any size"})
	}
}

// proposePattern adds the pattern by which most files have a date, if it is better than the present
// one.
func (p *Preview) proposePattern(sample []objectstore.Object, c pipeline.Config, now time.Time) {
	dated := func(c pipeline.Config) int {
		c.InputExtensions, c.ExpectedFileSizeMB, c.MaxFileSizeMB = pipeline.Extensions{pipeline.AnyExtension}, 0, 0
		n := 0
		for _, o := range sample {
			if _, reason, _ := c.Judge(o, now); reason == "" {
				n++
			}
		}
		return n
	}
	present := dated(c)
	if present == len(sample) {
		return
	}
	best, most := "", present
	for _, text := range datePatterns {
		candidate := c
		candidate.DatePattern = pipeline.MustDatePattern(text)
		if n := dated(candidate); n > most {
			best, most = text, n
		}
	}
	switch {
	case best != "":
		p.Proposals = append(p.Proposals, Proposal{"--date-pattern", best, "DATE_PATTERN", most,
			fmt.Sprintf("gives %d of %d files a date; the present pattern %s gives %d", most, len(sample),
				c.DatePattern, present)})
	case present == 0:
		p.Proposals = append(p.Proposals, Proposal{"--date-pattern", pipeline.ModifiedDate, "DATE_PATTERN", len(sample),
			"takes the time of the last modification: no known pattern finds a date in these keys; " +
				"a date such as " + now.Format(time.DateOnly) + " instead gives all files that date"})
	}
}

// proposeExtensions adds the extensions of refused files that often have NDJSON.
func (p *Preview) proposeExtensions(sample []objectstore.Object, c pipeline.Config) {
	accepted := slices.Clone(c.InputExtensions)
	if len(accepted) == 0 {
		accepted = pipeline.DefaultExtensions()
	}
	files := 0
	for _, o := range sample {
		if c.InputExtensions.Match(o.Key) {
			continue
		}
		extension := strings.ToLower(path.Ext(pipeline.WithoutCompression(o.Key)))
		switch {
		case extension == "" || !strings.ContainsAny(extension, "abcdefghijklmnopqrstuvwxyz"):
			accepted = pipeline.Extensions{pipeline.AnyExtension} // files without an extension, as Firehose names them
			files++
		case slices.Contains(extensions, extension):
			files++
			if !accepted.Match(extension) {
				accepted = append(accepted, extension)
			}
		}
	}
	if files > 0 {
		p.Proposals = append(p.Proposals, Proposal{"--input-extensions", accepted.String(), "INPUT_EXTENSIONS", files,
			fmt.Sprintf("accepts %d files more by their names", files)})
	}
}
