package convert

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// Spark assigns row groups to splits by the offset of their first column. If it came after other
// columns, because it had no type until late or is missing in a span, Spark would skip or repeat
// rows.
func TestC39_EveryRowGroupBeginsWithItsFirstColumn(t *testing.T) {
	filler := strings.Repeat(`{"a":null,"b":"`+strings.Repeat("x", 200)+`"}`+"\n", 150_000) // more than one span
	for name, input := range map[string]string{
		"typed in the last row":  filler + `{"a":1,"b":"y"}` + "\n",
		"typed in the first row": `{"a":1,"b":"y"}` + "\n" + filler + filler,
	} {
		file, result := convertBytes(t, input)
		if result.Schema.Columns[0].Name != "a" {
			t.Fatalf("%s: the first column is %s", name, result.Schema.Columns[0].Name)
		}
		f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		groups := f.Metadata().RowGroups
		if len(groups) < 2 {
			t.Fatalf("%s: %d row groups, the test needs more", name, len(groups))
		}
		for g, group := range groups {
			first := start(group.Columns[0].MetaData.DictionaryPageOffset, group.Columns[0].MetaData.DataPageOffset)
			for _, c := range group.Columns[1:] {
				if other := start(c.MetaData.DictionaryPageOffset, c.MetaData.DataPageOffset); other < first {
					t.Errorf("%s: row group %d: column %v at %d lies before the first column at %d", name, g,
						c.MetaData.PathInSchema, other, first)
				}
			}
		}
	}
}

func start(dictionary, data int64) int64 {
	if dictionary > 0 {
		return dictionary
	}
	return data
}

func convertBytes(t *testing.T, input string) ([]byte, *Result) {
	t.Helper()
	var out bytes.Buffer
	result, err := ConvertReader(t.Context(), &out, strings.NewReader(input), nil, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), result
}
