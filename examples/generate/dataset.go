package main

import (
	"bytes"
	"compress/gzip"
	"path"
	"time"

	"github.com/klauspost/compress/zstd"

	"ndjson-parquet/internal/generate/records"
)

// A file of the data set: its name and its content before compression.
type file struct {
	name    string
	content []byte
}

// stored returns the bytes to write: compressed where the name says so.
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

// dataSet returns the whole example: twelve files that are accepted and one that is quarantined.
func dataSet() []file {
	first := time.Date(2025, time.January, 17, 0, 0, 0, 0, time.UTC)
	second := first.AddDate(0, 0, 1)
	s := records.NewShop(20250117)

	return []file{
		{"2025-01-17-web-00.ndjson", lines(s.Orders(first, "web", 70))},
		{"2025-01-17-web-01.ndjson", withBadLines(lines(s.Orders(first, "web", 70)))},
		{"2025-01-17-web-02.ndjson.gz", lines(s.Orders(first, "web", 90))},
		{"2025-01-17-mobile-00.ndjson", lines(s.Orders(first, "mobile", 60))},
		// Windows text: a byte order mark, CRLF, unknown amounts as text, and a column "Id" beside
		// "id".
		{"2025-01-17-partner-00.ndjson", windowsText(lines(s.PartnerOrders(first, 40)))},
		// Refunds lack most columns, and have some of their own.
		{"2025-01-17-refunds.ndjson", lines(s.Refunds(first, 50))},

		{"2025-01-18-web-00.ndjson", lines(s.Orders(second, "web", 70))},
		{"2025-01-18-web-01.ndjson", withBlankLines(lines(s.Orders(second, "web", 60)))},
		{"2025-01-18-web-02.ndjson.zst", lines(s.Orders(second, "web", 90))},
		// A release on the second day adds the column "loyalty", in the middle of a file.
		{"2025-01-18-mobile-00.ndjson", lines(append(s.Orders(second, "mobile", 30),
			s.LoyaltyOrders(second, "mobile", 30)...))},
		{"2025-01-18-partner-00.ndjson", windowsText(lines(s.PartnerOrders(second, 40)))},
		{"2025-01-18-refunds.ndjson", withoutLastNewline(lines(s.Refunds(second, 50)))},

		// An export in the wrong format: goes to quarantine.
		{"2025-01-18-stock.csv", s.StockTable()},
	}
}

func lines(all [][]byte) []byte {
	return append(bytes.Join(all, []byte("\n")), '\n')
}

// withBadLines puts the bad lines among the records.
func withBadLines(content []byte) []byte {
	bad := records.BadLines()
	var out []byte
	for i, r := range bytes.SplitAfter(content, []byte("\n")) {
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
