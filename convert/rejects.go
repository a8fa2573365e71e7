package convert

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strconv"
	"unicode/utf8"

	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
)

// A rejectLog keeps the rejected records of a span until it is the span's turn to be written: only then is known in which
// line of its source a segment begins. What does not fit in memory goes to a temporary file.
type rejectLog struct {
	pending []byte // entries: source, line within the segment, length of the rest, the rest of the JSON line
	file    *os.File
	err     error
}

// maxPendingRejects is what a log keeps in memory.
const maxPendingRejects = 4 << 20

// add adds a rejected line. raw is the line or, if it is longer than maxRawBytes, its beginning.
func (l *rejectLog) add(segment int, line, offset, length int64, r *scan.Rejection, raw []byte) {
	if len(raw) > source.MaxRawBytes {
		raw = raw[:source.MaxRawBytes]
	}
	truncated := int64(len(raw)) < length
	if truncated {
		raw = trimPartialRune(raw)
	}
	rest := make([]byte, 0, 160+len(raw)*5/4)
	rest = fmt.Appendf(rest, `,"offset":%d,"length":%d,"reason":`, offset, length)
	rest = scan.AppendJSONString(rest, []byte(r.Reason))
	rest = append(rest, `,"detail":`...)
	rest = scan.AppendJSONString(rest, []byte(r.Detail))
	if utf8.Valid(raw) {
		rest = append(rest, `,"raw":`...)
		rest = scan.AppendJSONString(rest, raw)
	} else {
		rest = append(rest, `,"raw_base64":"`...)
		rest = base64.StdEncoding.AppendEncode(rest, raw)
		rest = append(rest, '"')
	}
	if truncated {
		rest = append(rest, `,"truncated":true`...)
	}
	rest = append(rest, "}\n"...)
	l.pending = binary.AppendUvarint(l.pending, uint64(segment))
	l.pending = binary.AppendUvarint(l.pending, uint64(line))
	l.pending = binary.AppendUvarint(l.pending, uint64(len(rest)))
	l.pending = append(l.pending, rest...)
	if len(l.pending) > maxPendingRejects {
		l.spill()
	}
}

// trimPartialRune drops the beginning of a UTF-8 character that was cut in two.
func trimPartialRune(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

func (l *rejectLog) spill() {
	if l.err == nil && l.file == nil {
		l.file, l.err = os.CreateTemp("", "rejected-*.tmp")
	}
	if l.err == nil {
		_, l.err = l.file.Write(l.pending)
	}
	l.pending = l.pending[:0]
}

// empty reports whether there is nothing in the log.
func (l *rejectLog) empty() bool { return l.file == nil && len(l.pending) == 0 }

// writeTo writes the log as JSON lines. origin gives, for a segment, the name of its source and the lines before it.
func (l *rejectLog) writeTo(w io.Writer, origin func(segment int) (uri string, lines int64)) error {
	var stored io.Reader
	if l.file != nil {
		if l.spill(); l.err != nil {
			return fmt.Errorf("keeping rejected records: %w", l.err)
		}
		if _, err := l.file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("reading rejected records back: %w", err)
		}
		stored = l.file
	} else {
		stored = bytes.NewReader(l.pending)
	}
	r := bufio.NewReader(stored)
	var line []byte
	for {
		segment, err := binary.ReadUvarint(r)
		if err == io.EOF {
			return nil
		}
		number, err1 := binary.ReadUvarint(r)
		length, err2 := binary.ReadUvarint(r)
		if err != nil || err1 != nil || err2 != nil {
			return fmt.Errorf("reading rejected records back: %w", io.ErrUnexpectedEOF)
		}
		uri, before := origin(int(segment))
		line = append(line[:0], `{"file":`...)
		line = scan.AppendJSONString(line, []byte(uri))
		line = append(line, `,"line":`...)
		line = strconv.AppendInt(line, before+int64(number), 10)
		if _, err := w.Write(line); err != nil {
			return err
		}
		if _, err := io.CopyN(w, r, int64(length)); err != nil {
			return err
		}
	}
}

// discard drops the log.
func (l *rejectLog) discard() {
	if l.file != nil {
		l.file.Close()
		os.Remove(l.file.Name())
	}
	*l = rejectLog{}
}
