package convert

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// compressed writes text through a compressor.
func compressed[W io.WriteCloser](t testing.TB, open func(io.Writer) (W, error), text string) string {
	t.Helper()
	var b bytes.Buffer
	w, err := open(&b)
	if err == nil {
		_, err = io.WriteString(w, text)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstdOf(t testing.TB, text string, opts ...zstd.EOption) string {
	return compressed(t, func(w io.Writer) (*zstd.Encoder, error) { return zstd.NewWriter(w, opts...) }, text)
}

// bzip2Text is {"a":1} and a newline, compressed with bzip2.
const bzip2Text = "QlpoOTFBWSZTWbrGTdsAAANZgAAQEAAgECAAAAogACIDZQhgEUofF3JFOFCQusZN2w=="

func TestFormatsOfCompression(t *testing.T) {
	text := `{"a":1}` + "\n"
	bz, err := base64.StdEncoding.DecodeString(bzip2Text)
	if err != nil {
		t.Fatal(err)
	}
	gz := string(gzipped(t, text))
	for name, data := range map[string]string{
		"gzip":                       gz,
		"zstd":                       zstdOf(t, text),
		"zstd after a frame to skip": "\x50\x2A\x4D\x18\x03\x00\x00\x00abc" + zstdOf(t, text),
		"lz4": compressed(t,
			func(w io.Writer) (*lz4.Writer, error) { return lz4.NewWriter(w), nil }, text),
		"bzip2": string(bz),
		"xz":    compressed(t, xz.NewWriter, text),
		"snappy": compressed(t,
			func(w io.Writer) (*s2.Writer, error) { return s2.NewWriter(w, s2.WriterSnappyCompat()), nil }, text),
		"gzip in gzip": string(gzipped(t, gz)),
		"gzip in zstd": zstdOf(t, gz),
	} {
		for _, source := range []Source{textSource("s", data), streamSource("s", data)} {
			result, rows, _ := convertSources(t, Options{}, []Source{source})
			if err := result.Sources[0].Err; err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			wantRows(t, rows, row{"a": int64(1)})
			if got := oddityCounts(result)[CompressedTwice]; (got == 1) != strings.Contains(name, " in ") {
				t.Errorf("%s: %+v", name, result.Oddities)
			}
		}
		cut := data[:len(data)-3]
		if result, _, _ := convertSources(t, Options{},
			[]Source{streamSource("s", cut)}); !errors.Is(result.Sources[0].Err,
			ErrCorrupt) {
			t.Errorf("%s, truncated: %v, %+v", name, result.Sources[0].Err, result.Counts)
		}
	}
	four := gz
	for range 3 {
		four = string(gzipped(t, four))
	}
	if result, _, _ := convertSources(t, Options{}, []Source{textSource("s", four)}); !errors.Is(result.Sources[0].Err,
		ErrUnsupported) {
		t.Errorf("compressed four times: %v", result.Sources[0].Err)
	}
}

func streamOpener(text string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return streamOf{strings.NewReader(text)}, nil }
}

// streamSource is a source that can only be read from its start.
func streamSource(uri, text string) Source {
	s := textSource(uri, text)
	s.Open = streamOpener(text)
	return s
}

func TestBytesAfterCompressedData(t *testing.T) {
	text := `{"a":1}` + "\n"
	zeros := strings.Repeat("\x00", 3000)
	for name, data := range map[string]string{"gzip": string(gzipped(t, text)), "zstd": zstdOf(t, text)} {
		at := fmt.Sprint(len(data))
		for _, c := range []struct {
			data string
			rows int
			kind OddityKind
			err  error
		}{
			{data + data, 2, "", nil},
			{data + zeros, 1, ZeroPadding, nil},
			{data + zeros + data, 2, "", nil},
			{data + "junk" + data, 1, TrailingBytes, nil},
			{data + data[:len(data)-4], 0, "", ErrCorrupt},
			{data + data[:5], 0, "", ErrCorrupt},
		} {
			result, rows, _ := convertSources(t, Options{}, []Source{textSource("s", c.data)})
			if !errors.Is(result.Sources[0].Err, c.err) || len(rows) != c.rows {
				t.Errorf("%s and %.20q: %d rows, %v", name, c.data[len(data):], len(rows), result.Sources[0].Err)
			}
			if c.kind == "" {
				if len(result.Oddities) > 0 {
					t.Errorf("%s: %+v", name, result.Oddities)
				}
				continue
			}
			if len(result.Oddities) != 1 || result.Oddities[0].Kind != c.kind ||
				!strings.Contains(result.Oddities[0].Detail, "byte "+at) {
				t.Errorf("%s, want %s at byte %s: %+v", name, c.kind, at, result.Oddities)
			}
		}
	}
}

// withWindow replaces the window that a zstd frame of one segment declares by 1 << log bytes.
func withWindow(frame string, log int) string {
	b := []byte(frame)
	if b[4]&(1<<5) != 0 || b[4]>>6 != 0 {
		panic("the frame has another header")
	}
	b[5] = byte(log-10) << 3
	return string(b)
}

func TestZstdWindows(t *testing.T) {
	text := `{"a":1}` + "\n"
	// The end of the large text refers to its start, 3 MiB before.
	random := make([]byte, 1<<20)
	for i := range random {
		random[i] = "0123456789abcdef"[(i*i>>3^i*7919>>5)&15]
	}
	large := `{"s":"` + string(random) + `"}` + "\n" + strings.Repeat(text, 3<<20/len(text)) + `{"s":"` +
		string(random) + `"}`
	small := func(text string, window int) string {
		var b bytes.Buffer // a stream without a size
		w, err := zstd.NewWriter(&b, zstd.WithWindowSize(window), zstd.WithSingleSegment(false))
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range []string{text[:1], text[1:]} {
			if _, err := io.WriteString(w, part); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	long := withWindow(small(large, 8<<20), 31)
	for name, c := range map[string]struct {
		data   string
		window int64
		reason string
	}{
		"128 MiB, little data":     {withWindow(small(text, 1<<20), 27), 0, ""},
		"2 GiB, little data":       {withWindow(small(text, 1<<20), 31), 0, ""},
		"2 GiB twice":              {strings.Repeat(withWindow(small(text, 1<<20), 31), 2), 0, ""},
		"2 GiB, data within 8 MiB": {long, 8 << 20, ""},
		"2 GiB, data farther than 2 MiB": {long, 2 << 20,
			"needs a window of 2048 MiB, 2 MiB are allowed (MAX_ZSTD_WINDOW_MB)"},
		"a single segment of 5 MiB":       {zstdOf(t, large, zstd.WithSingleSegment(true)), 8 << 20, ""},
		"2 GiB, damaged after the header": {long[:len(long)/2], 2 << 20, "damaged"},
	} {
		result, rows, _ := convertSources(t, Options{MaxZstdWindow: c.window}, []Source{textSource("s", c.data)})
		err := result.Sources[0].Err
		if c.reason == "" && (err != nil || len(rows) == 0) || c.reason != "" &&
			!strings.Contains(fmt.Sprint(err), c.reason) {
			t.Errorf("%s: %d rows, %v", name, len(rows), err)
		}
	}
}

func TestUTF16(t *testing.T) {
	text := "{\"a\":\"é€😀\"}\r\n{\"a\":\"x\"}\n" + strings.Repeat("{\"a\":\"äöü 𝄞\"}\n", 20_000)
	for name, order := range map[string]binary.AppendByteOrder{"LE": binary.LittleEndian, "BE": binary.BigEndian} {
		encoded := order.AppendUint16(nil, 0xFEFF)
		for _, unit := range utf16.Encode([]rune(text)) {
			encoded = order.AppendUint16(encoded, unit)
		}
		want, _, _ := convertText(t, Options{}, text)
		for kind, source := range map[string]Source{
			"file":   textSource("s", string(encoded)),
			"stream": streamSource("s", string(encoded)),
			"gzip":   textSource("s", string(gzipped(t, string(encoded)))),
		} {
			result, rows, _ := convertSources(t, Options{}, []Source{source})
			if result.Counts != want.Counts || rows[0]["a"] != "é€😀" || rows[20_001]["a"] != "äöü 𝄞" {
				t.Errorf("%s, %s: %+v, %v", name, kind, result.Counts, rows[:1])
			}
			if oddityCounts(result)[UTF16] != 1 {
				t.Errorf("%s, %s: %+v", name, kind, result.Oddities)
			}
		}
		// A surrogate without its pair is not valid.
		lone := order.AppendUint16(nil, 0xFEFF)
		for _, unit := range []uint16{'{', '"', 'a', '"', ':', '"', 0xD83D, '"', '}', '\n', '{', '}'} {
			lone = order.AppendUint16(lone, unit)
		}
		result, _, sink := convertSources(t, Options{}, []Source{textSource("s", string(lone))})
		if rejected := rejectedRecords(t, sink); result.Rows != 1 || len(rejected) != 1 ||
			rejected[0].Reason != "bad-utf8" {
			t.Errorf("%+v, %+v", result.Counts, rejected)
		}
	}
}
