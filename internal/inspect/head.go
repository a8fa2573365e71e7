package inspect

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// Head calls each with the first n rows of a Parquet file of size bytes, as maps from column to
// value.
func Head(r io.ReaderAt, size int64, n int, each func(row map[string]any) error) (err error) {
	f, err := parquet.OpenFile(r, size)
	if err != nil {
		return fmt.Errorf("read the Parquet footer: %w", err)
	}
	rows := parquet.NewReader(f)
	defer func() { err = errors.Join(err, rows.Close()) }()
	for range n {
		row := map[string]any{}
		if err := rows.Read(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a row: %w", err)
		}
		if err := each(readableGroup(f.Schema(), row)); err != nil {
			return err
		}
	}
	return nil
}

// readableGroup makes the values of a struct or a row readable.
func readableGroup(node parquet.Node, row map[string]any) map[string]any {
	for _, f := range node.Fields() {
		if v, ok := row[f.Name()]; ok {
			row[f.Name()] = readable(f, v)
		}
	}
	return row
}

// readable converts numbers that represent timestamps and dates to text, at any depth.
func readable(node parquet.Node, v any) any {
	switch v := v.(type) {
	case map[string]any:
		return readableGroup(node, v)
	case []any:
		if fields := node.Fields(); len(fields) == 1 && len(fields[0].Fields()) == 1 { // list.element
			for i := range v {
				v[i] = readable(fields[0].Fields()[0], v[i])
			}
		}
		return v
	case int64:
		if t, ok := logical(node).(*format.TimestampType); ok {
			if _, ok := t.Unit.Value.(*format.MicroSeconds); ok {
				return time.UnixMicro(v).UTC().Format("2006-01-02T15:04:05.999999Z07:00")
			}
		}
	case int32:
		if _, ok := logical(node).(*format.DateType); ok {
			return time.Unix(int64(v)*86400, 0).UTC().Format(time.DateOnly)
		}
	}
	return v
}

func logical(node parquet.Node) format.LogicalTypeValue {
	if t := node.Type().LogicalType(); t != nil {
		return t.Value
	}
	return nil
}
