package convert

import (
	"bytes"
	"testing"
)

// Spark 3 refuses early dates and timestamps without this entry.
func TestFootersNameTheCalendarOfDeclaredTimes(t *testing.T) {
	for ddl, want := range map[string]string{
		"d date": "3.5.0", "l array<struct<a:bigint,m:map<string,timestamp(epoch_s)>>>": "3.5.0", "s string": "",
	} {
		sink := &memorySink{}
		_, err := Convert(t.Context(), []Source{textSource("a", `{"d":"0001-01-01","s":"x"}`)}, sink,
			Options{Base: mustParse(t, ddl)})
		if err != nil {
			t.Fatal(err)
		}
		file := sink.parts[0].Bytes()
		footer, err := ReadFooter(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if got := footer.Metadata["org.apache.spark.version"]; got != want {
			t.Errorf("%s: %q, want %q", ddl, got, want)
		}
	}
}
