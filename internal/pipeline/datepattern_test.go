package pipeline

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func TestDatePatterns(t *testing.T) {
	const none, bad = ReasonNoDate, ReasonBadDate
	for _, test := range []struct{ pattern, key, want string }{
		{"{date}", "2025-01-17-a.ndjson", "2025-01-17"},
		{"{date}", "2025-01-17x", "2025-01-17"},
		{"{date}", "x/2025-01-17-a.ndjson", "2025-01-17"},
		{"{date}", "2025-01-17/a.ndjson", none},
		{"{date}", "a-2025-01-17.ndjson", none},
		{"{date}", "2026-02-30-a.ndjson", bad},
		{"{date}", "2026-13-45-a.ndjson", bad},
		{"{date}", "0999-01-01-a.ndjson", "0999-01-01"},
		{"*{date}", "app-2025-01-17.ndjson", "2025-01-17"},
		{"*{date}", "2025-01-17.ndjson", "2025-01-17"},
		{"*{date}", "2025-01-17/app.ndjson", none},
		{"*{date}*", "app.2025-01-17T10.ndjson", "2025-01-17"},
		{"*{date}", "12025-01-17.ndjson", none},
		{"{yyyy}/{mm}/{dd}/", "logs/2025/01/17/10/app.json.gz", "2025-01-17"},
		{"{yyyy}/{mm}/{dd}/…", "2025/01/17/app.json.gz", "2025-01-17"},
		{"{YYYY}/{MM}/{DD}/...", "logs/2025/01/17/app.json.gz", "2025-01-17"},
		{"/{yyyy}/{mm}/{dd}/", "logs/2025/01/17/app.json.gz", none},
		{"/{yyyy}/{mm}/{dd}/", "2025/01/17/app.json.gz", "2025-01-17"},
		{"logs/{yyyy}/{mm}/{dd}/", "logs/2025/01/17/a", "2025-01-17"},
		{"logs/{yyyy}/{mm}/{dd}/", "mylogs/2025/01/17/a", none},
		{"{yyyy}/{mm}/{dd}", "a/2025/01/17", "2025-01-17"},
		{"{yyyy}/{mm}/{dd}", "a/2025/01/175", none},
		{"{yyyy}/{m}/{d}/", "a/2025/1/7/b", "2025-01-07"},
		{"{yyyy}/{m}/{d}/", "a/2025/11/31/b", bad},
		{"{yyyy}/{mm}/{dd}/{hh}/", "a/2025/01/17/10/b", "2025-01-17"},
		{"dt={date}/", "t/dt=2025-01-17/hour=10/part-0.jsonl", "2025-01-17"},
		{"dt={date}/…", "dt=2025-01-17/part-0.jsonl", "2025-01-17"},
		{"dt={date}/", "xdt=2025-01-17/part-0.jsonl", none},
		{"*={date}/", "t/day=2025-01-17/a", "2025-01-17"},
		{"year={yyyy}/month={mm}/day={dd}/", "x/year=2025/month=01/day=17/a", "2025-01-17"},
		{"{dd}.{mm}.{yyyy}", "17.01.2025-a.json", "2025-01-17"},
		{"*{yyyymmdd}", "app_20250117103000.json", "2025-01-17"},
		{"*{yyyymmdd}", "id-99999999-20250117.json", "2025-01-17"},
		{"*{yyyymmdd}", "1737110400123.json", none},
		{"*{yyyymmdd}", "app-20250230.json", bad},
		{"AWSLogs/*/CloudTrail/*/{yyyy}/{mm}/{dd}/",
			"AWSLogs/123456789012/CloudTrail/eu-central-1/2025/01/17/123_CloudTrail_x.json.gz", "2025-01-17"},
		{"2025-01-17", "anything", "2025-01-17"},
	} {
		p, err := ParseDatePattern(test.pattern)
		if err != nil {
			t.Errorf("%s: %v", test.pattern, err)
			continue
		}
		date, reason, detail := Config{DatePattern: p}.Date(test.key, time.Time{})
		got := date
		if reason != "" {
			if got = reason; date != Undated || detail == "" {
				t.Errorf("%s of %s: date %q, detail %q", test.pattern, test.key, date, detail)
			}
		}
		if got != test.want {
			t.Errorf("%s of %s is %s, want %s", test.pattern, test.key, got, test.want)
		}
		if again := MustDatePattern(p.String()); again.String() != p.String() {
			t.Errorf("%s becomes %s", p, again)
		}
	}
	for _, wrong := range []string{
		"", "date", "{date", "{date}}", "{when}", "{yyyy}/{mm}/", "{date}/{dd}", "{yyyy}{yyyy}{mm}{dd}", "2025-02-30",
		"{date}" + strings.Repeat("x", longestDatePattern), "...",
	} {
		if p, err := ParseDatePattern(wrong); err == nil {
			t.Errorf("%q is accepted as %s", wrong, p)
		}
	}
}

func TestModifiedTakesTheTimeZone(t *testing.T) {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		t.Fatal(err)
	}
	modified := time.Date(2025, 1, 17, 20, 0, 0, 0, time.UTC)
	for zone, want := range map[*time.Location]string{nil: "2025-01-17", time.UTC: "2025-01-17", tokyo: "2025-01-18"} {
		c := Config{DatePattern: MustDatePattern("Modified"), DateZone: zone}
		if date, reason, _ := c.Date("any", modified); date != want || reason != "" {
			t.Errorf("in %v: %s, %s; want %s", zone, date, reason, want)
		}
		if _, reason, _ := c.Date("any", time.Time{}); reason != ReasonNoDate {
			t.Errorf("without a time: %q", reason)
		}
	}
}

func TestADateEndsInItsTimeZone(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	c := Config{DateZone: newYork, FlushGrace: 5 * time.Minute}
	for date, want := range map[string]string{
		"2025-01-17": "2025-01-18T05:05:00Z", "2025-07-17": "2025-07-18T04:05:00Z",
		"2025-03-08": "2025-03-09T05:05:00Z", "2025-03-09": "2025-03-10T04:05:00Z", // the clocks change on the 9th
	} {
		end := c.closesAt(date)
		if got := end.UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s closes at %s, want %s", date, got, want)
		}
		if c.closed(date, end.Add(-time.Second)) || !c.closed(date, end) {
			t.Errorf("%s is not closed from %v on", date, end)
		}
	}
	now := time.Date(2025, 1, 18, 4, 0, 0, 0, time.UTC) // the 17th in New York
	for date, want := range map[string]string{"2025-01-18": "", "2025-01-19": ReasonFutureDate} {
		if reason, _ := c.tooEarly(date, now); reason != want {
			t.Errorf("%s on the 17th: %q, want %q", date, reason, want)
		}
	}
}

// Keys that are made of a pattern have the date that they were made of, and where a pattern orders
// keys, the keys of a date begin where firstKey says.
func TestDatesSurviveTheirPatterns(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, pattern := range []string{
		"{date}", "{yyyy}/{mm}/{dd}/", "/x/{yyyymmdd}-", "logs-{yyyy}_{mm}_{dd}", "Month={yyyy}-{mm}/Mon={dd}/",
		"*{date}",
		"{dd}/{mm}/{yyyy}/", "v1.{yyyy}.{mm}.{dd}", "{yyyy}/{m}/{d}/",
	} {
		c := Config{DatePattern: MustDatePattern(pattern)}
		p := c.DatePattern.get()
		ordered := !strings.HasPrefix(pattern, "*") && !strings.HasPrefix(pattern, "{dd}") &&
			!strings.Contains(pattern, "{m}")
		last, lastDate := "", ""
		for i := range 300 {
			day := time.Date(1950+i/2, time.Month(1+random.IntN(12)), 1+random.IntN(31), 0, 0, 0, 0, time.UTC)
			date := day.Format(time.DateOnly)
			key := strings.NewReplacer("{date}", date, "{yyyymmdd}", day.Format("20060102"), "{yyyy}",
				day.Format("2006"),
				"{mm}", day.Format("01"), "{dd}", day.Format("02"), "{m}", day.Format("1"), "{d}", day.Format("2"), "*",
				"x",
			).Replace(strings.TrimPrefix(pattern, "/")) + "-a.ndjson"
			if got, reason, _ := c.Date(key, time.Time{}); got != date {
				t.Fatalf("%s of %s is %s (%s), want %s", pattern, key, got, reason, date)
			}
			start, ok := p.firstKey(day)
			if ok != ordered || ok && (!strings.HasPrefix(key, start) || !p.beginsWithDate(key)) {
				t.Fatalf("%s: the keys of %s begin with %q, %v", pattern, date, start, ok)
			}
			if ok && last != "" && (last < key) != (lastDate < date) && lastDate != date {
				t.Fatalf("%s: %s and %s are not in the order of their dates", pattern, last, key)
			}
			last, lastDate = key, date
		}
	}
}

// FuzzDatePattern checks that every pattern gives every key a calendar date or a reason, and always
// the same.
func FuzzDatePattern(f *testing.F) {
	f.Add("{date}", "2025-01-17-a.ndjson")
	f.Add("*{yyyymmdd}", "id-99999999-20250117.json")
	f.Add("{yyyy}/{m}/{d}/", "logs/2025/1/7/a")
	f.Add("a*b*{dd}(.{mm}[.{yyyy}", "a/b/aab17(.01[.2025")
	f.Fuzz(func(t *testing.T, pattern, key string) {
		p, err := ParseDatePattern(pattern)
		if err != nil {
			return
		}
		c := Config{DatePattern: p}
		date, reason, detail := c.Date(key, time.Time{})
		again, _, _ := Config{DatePattern: MustDatePattern(p.String())}.Date(key, time.Time{})
		if date != again {
			t.Errorf("%q of %q is %s and then %s", pattern, key, date, again)
		}
		_, err = time.Parse(time.DateOnly, date)
		if (reason == "") != (err == nil) || reason != "" && (date != Undated || detail == "") {
			t.Errorf("%q of %q is %s, %s, %s", pattern, key, date, reason, detail)
		}
		if day, err := time.Parse(time.DateOnly, date); err == nil {
			if start, ok := p.get().firstKey(day); ok && p.get().beginsWithDate(key) && !p.get().wholeKey &&
				!strings.Contains(key, "/") && !strings.HasPrefix(key, start) {
				t.Errorf("%q of %q is %s, whose keys begin with %q", pattern, key, date, start)
			}
		}
	})
}
