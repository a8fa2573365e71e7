package records

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
)

// BadLines returns lines that are not JSON objects, one or more for every reason of rejection but
// "too-long", which would take a line of 16 MiB.
func BadLines() [][]byte {
	return [][]byte{
		[]byte(`{"id":"web-170155","type":"order.placed","amount":12.`),  // not-json: cut off
		[]byte(`{"id":"web-170156","type":"order.placed","amount":NaN}`), // not-json: NaN is not JSON
		[]byte(`2025-01-17T11:03:09Z ERROR upstream timed out`),          // not-json: a log line
		[]byte(`[{"id":"web-170157"},{"id":"web-170158"}]`),              // not-object
		[]byte(`"web-170159"`), // not-object
		// bad-utf8: Latin-1
		[]byte("{\"id\":\"web-170160\",\"user\":{\"name\":\"Ren\xe9e Fran\xe7ois\"}}"),
		// bad-utf8: a character cut in half
		[]byte("{\"id\":\"web-170161\",\"note\":\"caf\xc3\"}"),
		[]byte(`{"id":"web-170162","note":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`), // too-deep
	}
}

// StockTable returns a CSV file, which is not an input that the pipeline accepts.
func (s *Shop) StockTable() []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	// A bytes.Buffer takes every write, so w.Error stays nil.
	_ = w.Write([]string{"sku", "title", "in_stock"})
	for _, p := range products {
		_ = w.Write([]string{p.sku, p.title, fmt.Sprint(s.random.IntN(500))})
	}
	w.Flush()
	return b.Bytes()
}
