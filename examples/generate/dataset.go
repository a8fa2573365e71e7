package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"
)

// A file of the data set: its name and its content before compression.
type file struct {
	name    string
	content []byte
}

// stored is the file's bytes as they lie on the disk: compressed where the name says so.
func (f file) stored() ([]byte, error) {
	switch path.Ext(f.name) {
	case ".gz":
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		return b.Bytes(), nil
	case ".zst":
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return w.EncodeAll(f.content, nil), nil
	}
	return f.content, nil
}

// dataSet is the whole example: twelve deliveries that are taken, and one that is not.
func dataSet() []file {
	first := time.Date(2025, time.January, 17, 0, 0, 0, 0, time.UTC)
	second := first.AddDate(0, 0, 1)
	s := newShop(20250117)

	return []file{
		{"2025-01-17-web-00.ndjson", lines(s.orders(first, "web", 70))},
		{"2025-01-17-web-01.ndjson", withBadLines(lines(s.orders(first, "web", 70)))},
		{"2025-01-17-web-02.ndjson.gz", lines(s.orders(first, "web", 90))},
		{"2025-01-17-mobile-00.ndjson", lines(s.orders(first, "mobile", 60))},
		// The partner sends Windows text: a byte order mark, CRLF, amounts as text where unknown, and its own "Id".
		{"2025-01-17-partner-00.ndjson", windowsText(lines(s.partnerOrders(first, 40)))},
		// Refunds lack most columns, and have some of their own.
		{"2025-01-17-refunds.ndjson", lines(s.refunds(first, 50))},

		{"2025-01-18-web-00.ndjson", lines(s.orders(second, "web", 70))},
		{"2025-01-18-web-01.ndjson", withBlankLines(lines(s.orders(second, "web", 60)))},
		{"2025-01-18-web-02.ndjson.zst", lines(s.orders(second, "web", 90))},
		// A release on the second day adds the column "loyalty", in the middle of a file.
		{"2025-01-18-mobile-00.ndjson", lines(append(s.orders(second, "mobile", 30), s.loyaltyOrders(second, "mobile", 30)...))},
		{"2025-01-18-partner-00.ndjson", windowsText(lines(s.partnerOrders(second, 40)))},
		{"2025-01-18-refunds.ndjson", withoutLastNewline(lines(s.refunds(second, 50)))},

		// Somebody's export in the wrong format: goes to quarantine.
		{"2025-01-18-stock.csv", s.stockTable()},
	}
}

func lines(records [][]byte) []byte {
	return append(bytes.Join(records, []byte("\n")), '\n')
}

// withBadLines puts lines among the records that are no JSON objects, a few for every reason of rejection but
// "too-long" (that would take a line of 16 MiB).
func withBadLines(content []byte) []byte {
	bad := []string{
		`{"id":"web-170155","type":"order.placed","amount":12.`,  // not-json: the writer was killed
		`{"id":"web-170156","type":"order.placed","amount":NaN}`, // not-json: NaN is not JSON
		`2025-01-17T11:03:09Z ERROR upstream timed out`,          // not-json: a log line in between
		`[{"id":"web-170157"},{"id":"web-170158"}]`,              // not-object
		`"web-170159"`, // not-object
		"{\"id\":\"web-170160\",\"user\":{\"name\":\"Ren\xe9e Fran\xe7ois\"}}",                   // bad-utf8: Latin-1
		"{\"id\":\"web-170161\",\"note\":\"caf\xc3\"}",                                           // bad-utf8: a character cut in half
		`{"id":"web-170162","note":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + `}`, // too-deep
	}
	records := bytes.SplitAfter(content, []byte("\n"))
	var out []byte
	for i, r := range records {
		out = append(out, r...)
		if i%8 == 3 && i/8 < len(bad) {
			out = append(append(out, bad[i/8]...), '\n')
		}
	}
	return out
}

func withBlankLines(content []byte) []byte {
	out := append([]byte("\n"), content...)
	return append(bytes.Replace(out, []byte("}\n"), []byte("}\n\n  \n"), 3), '\n')
}

func withoutLastNewline(content []byte) []byte {
	return bytes.TrimSuffix(content, []byte("\n"))
}

func windowsText(content []byte) []byte {
	return append([]byte("\xef\xbb\xbf"), bytes.ReplaceAll(content, []byte("\n"), []byte("\r\n"))...)
}

func (s *shop) stockTable() []byte {
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
