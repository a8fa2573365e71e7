package convert

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ndjson-parquet/convert/schema"
)

// scores returns records of which each has few of many keys.
func scores(records, keys int, value func(r *rand.Rand) string) []string {
	r := rand.New(rand.NewPCG(1, uint64(keys)))
	lines := make([]string, records)
	for i := range lines {
		var members []string
		for _, k := range r.Perm(keys)[:3] {
			members = append(members, fmt.Sprintf(`"user_%d":%s`, k, value(r)))
		}
		lines[i] = fmt.Sprintf(`{"id":%d,"scores":{%s}}`, i, strings.Join(members, ","))
	}
	return lines
}

func TestObjectsWhoseKeysAreDataAreMaps(t *testing.T) {
	number := func(r *rand.Rand) string { return fmt.Sprint(r.IntN(9)) }
	mixed := func(r *rand.Rand) string { return []string{"1", "0.5", "2"}[r.IntN(3)] }
	inner := func(r *rand.Rand) string {
		return []string{`{"n":1,"at":"x"}`, `{"n":2}`, `null`, `{"n":3,"l":[1.5]}`}[r.IntN(4)]
	}
	nested := func(r *rand.Rand) string { return fmt.Sprintf(`{"k%d":true}`, r.IntN(300)) }
	text := func(r *rand.Rand) string { return []string{"1", `"x"`}[r.IntN(2)] }
	for name, c := range map[string]struct {
		keys  int
		value func(r *rand.Rand) string
		ddl   string
	}{
		"few keys":            {40, number, ""},
		"many keys":           {60, number, "id bigint, scores map<string,bigint>"},
		"integers and floats": {200, mixed, "id bigint, scores map<string,double>"},
		"structs":             {200, inner, "id bigint, scores map<string,struct<n:bigint,l:array<double>,at:string>>"},
		"maps of maps":        {200, nested, "id bigint, scores map<string,map<string,boolean>>"},
		"more than columns":   {5000, number, "id bigint, scores map<string,bigint>"},
	} {
		lines := scores(600, c.keys, c.value)
		result, _, _ := convertText(t, Options{}, strings.Join(lines, "\n"))
		if got := result.Schema.DDL(); got != c.ddl && c.ddl != "" || c.ddl == "" &&
			!strings.HasPrefix(got, "id bigint, scores struct<") {
			t.Errorf("%s: %.200s", name, got)
		}
		if c.keys > 2000 {
			continue // beyond the reference
		}
		for _, scale := range []int64{1, 1 << 12} {
			compareWithReference(t, lines, Options{spanScale: scale})
		}
	}
	// Values without a common type stay in a struct, which rescues fewer.
	lines := scores(600, 100, text)
	result, _, _ := convertText(t, Options{}, strings.Join(lines, "\n"))
	if typ := result.Schema.Column("scores"); typ.Kind != schema.Struct {
		t.Errorf("%.200s", typ.DDL())
	}
	compareWithReference(t, lines, Options{})
}

// The second batch knows the map, and the scanner reads it.
func TestPublishedMaps(t *testing.T) {
	lines := scores(300, 200, func(r *rand.Rand) string { return fmt.Sprintf(`{"n":%d}`, r.IntN(9)) })
	first, rows, _ := convertText(t, Options{}, strings.Join(lines, "\n"))
	lines[7] = `{"id":7,"scores":{"new":{"n":1,"extra":true}}}`
	again, moreRows, _ := convertText(t, Options{Base: first.Schema}, strings.Join(lines, "\n"))
	if got := again.Schema.DDL(); got != "id bigint, scores map<string,struct<n:bigint,extra:boolean>>" {
		t.Fatal(got)
	}
	rows[7]["scores"] = row{"new": row{"n": int64(1), "extra": true}}
	wantRows(t, moreRows, rows...)
}

// A struct that would be a map by now stays a struct, and a warning names the map.
func TestPublishedStructsThatWouldBeMapsAreOddities(t *testing.T) {
	lines := scores(100, 90, func(*rand.Rand) string { return "1" })
	base := mustParse(t, "scores struct<user_1:bigint>, other struct<a:bigint>")
	result, _, _ := convertText(t, Options{Base: base}, strings.Join(lines, "\n"))
	if typ := result.Schema.Column("scores"); typ.Kind != schema.Struct {
		t.Errorf("%.200s", typ.DDL())
	}
	if len(result.Oddities) != 1 || result.Oddities[0].Kind != MapLikeStruct || result.Oddities[0].Column != "scores" ||
		result.Oddities[0].Count != 100 || !strings.Contains(result.Oddities[0].Detail,
		"schema set scores 'map<string,bigint>'") {
		t.Errorf("%+v", result.Oddities)
	}
}

func TestMapsDoNotDependOnParallelism(t *testing.T) {
	var sources []Source
	for i := range 4 {
		keys := []int{20, 3000, 400, 3000}[i]
		lines := scores(3000, keys, func(r *rand.Rand) string {
			return []string{`{"a":1}`, `{"b":[1,"x"]}`, `{"A":2.5}`, "null"}[r.IntN(4)]
		})
		sources = append(sources, textSource(fmt.Sprint(i), strings.Join(lines, "\n")))
	}
	sources = append(sources, textSource("z.gz", string(gzipped(t, `{"scores":{"late":{"c":true}}}`))))
	opts := Options{spanScale: 1 << 9, Parallelism: 1, MaxColumns: 500}
	want, result := convertAll(t, opts, sources)
	if typ := result.Schema.Column("scores"); typ.Kind != schema.Map {
		t.Fatalf("%.200s", typ.DDL())
	}
	for _, parallelism := range []int{2, 5} {
		opts.Parallelism = parallelism
		if got, other := convertAll(t, opts, sources); !bytes.Equal(got, want) {
			t.Errorf("parallelism %d changes the output: %s, want %s", parallelism, other.Schema.DDL(),
				result.Schema.DDL())
		}
	}
	opts.Base = result.Schema
	if got, again := convertAll(t, opts, sources); !bytes.Equal(got, want) || again.Passes != 1 {
		t.Errorf("with the schema known, the output is another; %d passes", again.Passes)
	}
}

// TestMapsEqualReference compares objects with many random keys with the reference.
func TestMapsEqualReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.IntRange(40, 200).Draw(t, "keys")
		kinds := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string { return genValue(t, 2) }), 1, 4).Draw(t, "values")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		lines := make([]string, rapid.IntRange(30, 120).Draw(t, "lines"))
		for i := range lines {
			var members []string
			for range r.IntN(8) {
				key := fmt.Sprint("k", r.IntN(keys))
				if r.IntN(30) == 0 {
					key = strings.ToUpper(key)
				}
				members = append(members, fmt.Sprintf(`"%s":%s`, key, kinds[r.IntN(len(kinds))]))
			}
			lines[i] = fmt.Sprintf(`{"m":{%s}}`, strings.Join(members, ","))
		}
		compareWithReference(t, lines, Options{spanScale: rapid.SampledFrom([]int64{1, 1 << 14}).Draw(t, "scale")})
	})
}
