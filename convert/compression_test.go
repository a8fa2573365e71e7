package convert

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

func TestParseCompression(t *testing.T) {
	for name, want := range map[string]struct {
		compression Compression
		canonical   string
		extension   string
	}{
		"":             {Snappy, "snappy", "snappy"},
		"snappy":       {Snappy, "snappy", "snappy"},
		"zstd":         {Zstd, "zstd", "zstd"},
		"gzip":         {Gzip, "gzip", "gz"},
		"none":         {Uncompressed, "none", "uncompressed"},
		"uncompressed": {Uncompressed, "none", "uncompressed"},
	} {
		c, err := ParseCompression(name)
		if err != nil || c != want.compression || c.String() != want.canonical || c.Extension() != want.extension {
			t.Errorf("ParseCompression(%q) = %v with the extension %q, %v; want %v, %q", name, c, c.Extension(), err,
				want.canonical, want.extension)
		}
	}
	for _, name := range []string{"lz4", "Snappy", "gz", " zstd"} {
		if c, err := ParseCompression(name); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("ParseCompression(%q) = %v, %v; want an error that names it", name, c, err)
		}
	}
}

func TestCompressionIsTheCodecOfTheFile(t *testing.T) {
	text := strings.Repeat(`{"a":"a text that can be compressed"}`+"\n", 1000)
	for compression, want := range map[Compression]format.CompressionCodec{
		Snappy: format.Snappy, Zstd: format.Zstd, Gzip: format.Gzip, Uncompressed: format.Uncompressed,
	} {
		var out bytes.Buffer
		opts := Options{Compression: compression}
		if _, err := ConvertReader(t.Context(), &out, strings.NewReader(text), nil, opts); err != nil {
			t.Fatal(err)
		}
		f, err := parquet.OpenFile(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Metadata().RowGroups[0].Columns[0].MetaData.Codec; got != want {
			t.Errorf("%v: the codec is %v, want %v", compression, got, want)
		}
	}
	_, err := ConvertReader(t.Context(), &bytes.Buffer{}, strings.NewReader(text), nil, Options{Compression: 9})
	if err == nil || !strings.Contains(err.Error(), "9") {
		t.Errorf("compression 9: error %v, want one that names it", err)
	}
}
