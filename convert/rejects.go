package convert

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
)

// A rejectLog holds the rejected records of a span until the spans before it have been written:
// only then is the number of lines known that precede a segment in its source.
type rejectLog struct {
	create func() (ScratchFile, error)
	// pending has the entries since the last spill, each as the segment, the line within the
	// segment, the length of the text, and the text of the JSON line after the line's number.
	pending []byte
	file    ScratchFile // nil before the first spill
	spilled int64       // bytes in file
	size    int64       // of the entries as they will be written, except for their URIs and lines
	err     error       // of the first spill that failed
}

// maxPendingRejects is the number of bytes that a log keeps in memory.
const maxPendingRejects = 4 << 20

// add adds a rejected line. raw is the line or, if it is longer than source.MaxRawBytes, its
// beginning.
func (l *rejectLog) add(segment int, line, offset, length int64, r *scan.Rejection, raw []byte) {
	text := appendRejected(make([]byte, 0, 160+len(raw)*5/4), offset, length, r, raw)
	l.pending = binary.AppendUvarint(l.pending, uint64(segment))
	l.pending = binary.AppendUvarint(l.pending, uint64(line))
	l.pending = binary.AppendUvarint(l.pending, uint64(len(text)))
	l.pending = append(l.pending, text...)
	l.size += int64(len(text))
	if len(l.pending) > maxPendingRejects {
		l.spill()
	}
}

// appendRejected appends the members of a rejected record that follow the line's number, to the end
// of the JSON line.
func appendRejected(dst []byte, offset, length int64, r *scan.Rejection, raw []byte) []byte {
	if len(raw) > source.MaxRawBytes {
		raw = raw[:source.MaxRawBytes]
	}
	truncated := int64(len(raw)) < length
	if truncated {
		raw = trimPartialRune(raw)
	}
	dst = fmt.Appendf(dst, `,"offset":%d,"length":%d,"reason":`, offset, length)
	dst = scan.AppendJSONString(dst, []byte(r.Reason))
	dst = append(dst, `,"detail":`...)
	dst = scan.AppendJSONString(dst, []byte(r.Detail))
	if utf8.Valid(raw) {
		dst = append(dst, `,"raw":`...)
		dst = scan.AppendJSONString(dst, raw)
	} else {
		dst = append(dst, `,"raw_base64":"`...)
		dst = base64.StdEncoding.AppendEncode(dst, raw)
		dst = append(dst, '"')
	}
	if truncated {
		dst = append(dst, `,"truncated":true`...)
	}
	return append(dst, "}\n"...)
}

// trimPartialRune drops an incomplete UTF-8 character at the end of b.
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

// spill moves the pending entries to the scratch file.
func (l *rejectLog) spill() {
	if l.err == nil && l.file == nil {
		l.file, l.err = l.create()
	}
	if l.err == nil {
		var n int
		n, l.err = l.file.Write(l.pending)
		l.spilled += int64(n)
	}
	l.pending = l.pending[:0]
}

// empty reports whether the log has no entries.
func (l *rejectLog) empty() bool { return l.spilled == 0 && l.err == nil && len(l.pending) == 0 }

// writeTo writes the entries as JSON lines. For a segment, origin returns the URI of its source and
// the number of lines that precede the segment there.
func (l *rejectLog) writeTo(w io.Writer, origin func(segment int) (uri string, lines int64)) error {
	if l.err != nil {
		return fmt.Errorf("keeping rejected records: %w", l.err)
	}
	var stored io.Reader = bytes.NewReader(l.pending)
	if l.file != nil {
		stored = io.MultiReader(io.NewSectionReader(l.file, 0, l.spilled), stored)
	}
	r := bufio.NewReader(stored)
	var line []byte
	for {
		segment, err := binary.ReadUvarint(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		number, err1 := binary.ReadUvarint(r)
		length, err2 := binary.ReadUvarint(r)
		if err := errors.Join(err, err1, err2); err != nil {
			return fmt.Errorf("reading rejected records back: %w", err)
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

// discard deletes the entries.
func (l *rejectLog) discard() {
	if l.file != nil {
		l.file.Close()
	}
	*l = rejectLog{create: l.create}
}
