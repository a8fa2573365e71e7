package schema

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseDDL(t *testing.T) {
	const nested = "s STRUCT<a: int, `b c`: array<map<string, decimal(10,2)>>>"
	for text, want := range map[string]string{
		"id INT, name VARCHAR(20)":  "id bigint, name string",
		" a:long , b float,c BOOL ": "a bigint, b double, c boolean",
		nested:                      "s struct<a:bigint,`b c`:array<map<string,decimal(10,2)>>>",

		"d decimal, e decimal(5)": "d decimal(10,0), e decimal(5,0)",
		"a timestamp(epoch_ms), b TIMESTAMP ( 'EPOCH_S' ), c timestamp(3)": "a timestamp(epoch_ms), b " +
			"timestamp(epoch_s), c timestamp",
		"a array<timestamp(epoch_ns)>, b timestamp(epoch_us)": "a array<timestamp(epoch_ns)>, b " +
			"timestamp(epoch_us)",
		"a timestamp(epoch)":    "",
		"a timestamp('3')":      "",
		"a timestamp('epoch_s)": "",
		"a timestamp(epoch_s":   "",
		"a timestamp()":         "",
		"f numeric(38, 38)":     "f decimal(38,38)",

		"a string NOT NULL COMMENT 'it''s', b date comment \"x, y int\"": "",
		"a string NOT NULL COMMENT 'text, more', b date":                 "a string, b date",
		"`we``ird` timestamp, ключ text":                                 "",
		"`we``ird` timestamp, `ключ` text":                               "`we``ird` timestamp, `ключ` string",
		"":                                                               "",
		"a":                                                              "",
		"a int b int":                                                    "",
		"a int,":                                                         "",
		"a int, A int":                                                   "",
		"a blob":                                                         "",
		"a map<int,int>":                                                 "",
		"a decimal(39,0)":                                                "",
		"a decimal(5,6)":                                                 "",
		"a struct<>":                                                     "",
		"a array<int":                                                    "",
		"`a int":                                                         "",
		"_source_file string":                                            "",
		strings.Repeat("a array<", 1) + strings.Repeat("array<", 200): "",
	} {
		s, err := ParseDDL(text)
		got := ""
		if err == nil {
			got = s.DDL()
		}
		if got != want {
			t.Errorf("%q is %q, want %q (%v)", text, got, want, err)
		}
	}
}

func genType(t *rapid.T, depth int) Type {
	kinds := []Kind{Bool, Int64, Double, String, Timestamp, Date, Decimal, Struct, List, Map}
	if depth > 2 {
		kinds = kinds[:7]
	}
	typ := Type{Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
	switch typ.Kind {
	case Timestamp:
		typ.Epoch = Epoch(rapid.IntRange(int(NoEpoch), int(EpochNanos)).Draw(t, "epoch"))
	case Decimal:
		typ.Precision = rapid.IntRange(1, 38).Draw(t, "precision")
		typ.Scale = rapid.IntRange(0, typ.Precision).Draw(t, "scale")
	case Struct:
		typ.Fields = genFields(t, depth+1)
	case List, Map:
		elem := genType(t, depth+1)
		typ.Elem = &elem
	}
	return typ
}

func genFields(t *rapid.T, depth int) []Field {
	names := rapid.SliceOfNDistinct(rapid.StringMatching("[a-z_`:,<> é0-9]{1,8}"), 1, 4, FoldName).Draw(t, "names")
	var fields []Field
	for _, name := range names {
		fields = append(fields, Field{name, genType(t, depth)})
	}
	return fields
}

// TestDDLRoundTrip also checks the form of the schema log.
func TestDDLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Schema{Columns: genFields(t, 0)}
		parsed, err := ParseDDL(s.DDL())
		if err != nil || !parsed.Equal(s) {
			t.Fatalf("%s became %s, %v", s.DDL(), parsed.DDL(), err)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var read Schema
		if err := json.Unmarshal(data, &read); err != nil || !read.Equal(s) {
			t.Fatalf("%s became %s, %v", data, read.DDL(), err)
		}
	})
}
