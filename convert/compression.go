package convert

import (
	"fmt"

	"ndjson-parquet/convert/internal/parquetfile"
)

// A Compression is a codec for the pages of a Parquet file.
type Compression uint8

// The codecs.
const (
	Snappy Compression = iota
	Zstd
	Gzip
	Uncompressed
)

var compressions = [...]struct {
	name, extension string
	codec           parquetfile.Codec
}{
	Snappy:       {"snappy", "snappy", parquetfile.Snappy},
	Zstd:         {"zstd", "zstd", parquetfile.Zstd},
	Gzip:         {"gzip", "gz", parquetfile.Gzip},
	Uncompressed: {"none", "uncompressed", parquetfile.Uncompressed},
}

// ParseCompression returns the codec of a name: snappy, zstd, gzip, none, or uncompressed, which is
// Spark's word for none. The empty name means snappy.
func ParseCompression(name string) (Compression, error) {
	switch name {
	case "":
		return Snappy, nil
	case "uncompressed":
		return Uncompressed, nil
	}
	for c := range compressions {
		if compressions[c].name == name {
			return Compression(c), nil
		}
	}
	return 0, fmt.Errorf("unknown compression %q: expected snappy, zstd, gzip or none", name)
}

// String returns the name that ParseCompression takes.
func (c Compression) String() string {
	if int(c) < len(compressions) {
		return compressions[c].name
	}
	return fmt.Sprintf("Compression(%d)", uint8(c))
}

// Extension returns the word for the codec in the name of a Parquet file, as Spark has it:
// part-00000.snappy.parquet, part-00000.gz.parquet.
func (c Compression) Extension() string {
	if int(c) < len(compressions) {
		return compressions[c].extension
	}
	return c.String()
}

// codec returns the codec of the file's writer.
func (c Compression) codec() (parquetfile.Codec, error) {
	if int(c) >= len(compressions) {
		return 0, fmt.Errorf("unknown compression %d", uint8(c))
	}
	return compressions[c].codec, nil
}
