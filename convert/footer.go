package convert

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// A Footer is the part of a Parquet file's footer that ReadFooter returns.
type Footer struct {
	Rows     int64
	Metadata map[string]string // the key-value metadata
}

// ErrNotParquet means that a file has no valid Parquet footer.
var ErrNotParquet = errors.New("not a Parquet file")

// ReadFooter reads the footer of a Parquet file of size bytes. The error wraps ErrNotParquet if the
// file was read but is not valid.
func ReadFooter(r io.ReaderAt, size int64) (Footer, error) {
	const tailSize, magic = 8, "PAR1"
	f := Footer{Metadata: map[string]string{}}
	var tail [tailSize]byte
	if size < tailSize {
		return f, fmt.Errorf("%w: it has %d bytes", ErrNotParquet, size)
	}
	if _, err := r.ReadAt(tail[:], size-tailSize); err != nil && !errors.Is(err, io.EOF) {
		return f, fmt.Errorf("reading the footer: %w", err)
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if string(tail[4:]) != magic || length > size-tailSize {
		return f, fmt.Errorf("%w: it does not end in a footer", ErrNotParquet)
	}
	data := make([]byte, length)
	if _, err := r.ReadAt(data, size-tailSize-length); err != nil && !errors.Is(err, io.EOF) {
		return f, fmt.Errorf("reading the footer: %w", err)
	}
	var metadata format.FileMetaData
	protocol := thrift.CompactProtocol{}
	if err := thrift.NewDecoder(protocol.NewReader(bytes.NewReader(data))).Decode(&metadata); err != nil {
		return f, fmt.Errorf("%w: its footer is damaged: %w", ErrNotParquet, err)
	}
	f.Rows = metadata.NumRows
	for _, kv := range metadata.KeyValueMetadata {
		f.Metadata[kv.Key] = kv.Value
	}
	return f, nil
}
