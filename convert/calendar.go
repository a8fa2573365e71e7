package convert

import (
	"slices"

	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/schema"
)

// sparkVersion is metadata for Spark 3, which by default refuses to read dates before 1582-10-15
// and timestamps before 1900-01-01 unless the footer says that they are in the proleptic Gregorian
// calendar, and not in the hybrid calendar of Spark 2. The footer says so if this entry is at least
// 3.0.0 and there is no entry org.apache.spark.legacyDateTime.
var sparkVersion = parquetfile.KeyValue{Key: "org.apache.spark.version", Value: "3.5.0"}

// hasTimes reports whether the schema has a date or timestamp. Only declared columns have, so that
// no time in them is known to be recent.
func hasTimes(s *schema.Schema) bool {
	return slices.ContainsFunc(s.Columns, func(f schema.Field) bool { return typeHasTimes(&f.Type) })
}

func typeHasTimes(t *schema.Type) bool {
	switch t.Kind {
	case schema.Date, schema.Timestamp:
		return true
	case schema.List, schema.Map:
		return typeHasTimes(t.Elem)
	}
	return slices.ContainsFunc(t.Fields, func(f schema.Field) bool { return typeHasTimes(&f.Type) })
}
