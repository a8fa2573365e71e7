package convert

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"ndjson-parquet/convert/schema"
)

// A span that was processed with a wrong guess is processed again, and other values are rescued
// then. The counts of the sources must match the rows.
func TestRescuedCountsAreThoseOfTheRows(t *testing.T) {
	values := []string{"1", "1.5", `"x"`, "true", "[]", "{}", "[1]", `{"a":1}`, `{"a":"x"}`, "null", "1e400"}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		var sources []Source
		for _, uri := range []string{"a", "b", "c"} {
			var text strings.Builder
			for range rng.IntN(30) {
				text.WriteString(`{"v":` + values[rng.IntN(len(values))] + `,"w":` + values[rng.IntN(len(values))] +
					"}\n")
			}
			sources = append(sources, textSource(uri, text.String()))
		}
		result, rows, _ := convertSources(t, Options{}, sources)
		var held int64
		for _, row := range rows {
			if text, ok := row[schema.ColumnRescuedData].(string); ok {
				var rescued map[string]json.RawMessage
				if err := json.Unmarshal([]byte(text), &rescued); err != nil {
					t.Fatal(err)
				}
				held += int64(len(rescued))
			}
		}
		var reported int64
		for _, s := range result.Sources {
			reported += s.Rescued
		}
		if reported != held || result.Rescued != held {
			t.Fatalf("seed %d: the sources report %d rescued values, the result %d, the rows hold %d", seed, reported,
				result.Rescued, held)
		}
	}
}
