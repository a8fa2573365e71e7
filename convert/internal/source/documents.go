package source

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// A RecordsPath is the place in a JSON document at which its records are: the elements of the array
// there, or the object there.
type RecordsPath struct{ steps []string }

// ParseRecordsPath parses a JSON pointer (RFC 6901), such as /Records, or its form as a fragment of
// a URI, such as #/Records; # is the whole document. The empty text is no path.
func ParseRecordsPath(text string) (*RecordsPath, error) {
	if text == "" {
		return nil, nil
	}
	pointer, fragment := strings.CutPrefix(text, "#")
	if fragment {
		var err error
		if pointer, err = url.PathUnescape(pointer); err != nil {
			return nil, err
		}
	}
	p := &RecordsPath{}
	if pointer == "" {
		return p, nil
	}
	if pointer[0] != '/' {
		return nil, errors.New("a path to records begins with / or is #")
	}
	for step := range strings.SplitSeq(pointer[1:], "/") {
		p.steps = append(p.steps, strings.NewReplacer("~1", "/", "~0", "~").Replace(step))
	}
	return p, nil
}

func (p *RecordsPath) String() string {
	var b strings.Builder
	b.WriteByte('#')
	for _, step := range p.steps {
		b.WriteByte('/')
		b.WriteString(strings.NewReplacer("~", "~0", "/", "~1").Replace(step))
	}
	return b.String()
}

// documents reads JSON documents, which may take many lines, as lines with the records of the
// documents. It changes bytes without moving them, so that the numbers of lines and offsets are
// those of the documents: what is not part of a record becomes white space, and in a record LF
// becomes CR and CR becomes a space.
type documents struct {
	r     io.Reader
	path  *RecordsPath
	notes *notes

	at        int64 // offset of the next byte
	stack     []container
	state     documentState
	depth     int  // of containers in a record or in what is skipped
	blank     bool // the scalar is not a record
	inString  bool
	escaped   bool
	key       []byte // of the member that is being read, up to maxKey bytes
	found     int    // documents with the path
	documents int
	lacking   int // documents without the path
	hasPath   bool
}

// A container is an object or array on the way to the records.
type container struct {
	array, target bool // target: its elements are records
	index         int  // of the current element
	matches       bool // the current member is the next step
	wantsKey      bool
}

type documentState uint8

const (
	between  documentState = iota // outside records, in containers on the way to them
	inKey                         // of such a container
	skipping                      // a value that has no records
	inRecord                      // an object or array
	inScalar                      // a record that is neither, or another value that is neither
	stray                         // the rest of a line that is not a document
)

const maxKey = 4096

// Read implements io.Reader.
func (d *documents) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	for i, c := range p[:n] {
		p[i] = d.next(c)
		d.at++
	}
	if errors.Is(err, io.EOF) {
		if endErr := d.end(); endErr != nil {
			err = endErr
		}
	}
	return n, err
}

// end ends the source.
func (d *documents) end() error {
	truncated := len(d.stack) > 0 || d.depth > 0
	if truncated && d.hasPath {
		d.found++
	}
	if d.documents > 0 && d.found == 0 {
		return fmt.Errorf("%w: no document has an array or an object at the records path %s", ErrNoRecords, d.path)
	}
	if d.lacking > 0 {
		d.notes.add(NoRecordsPath, 0, fmt.Sprintf("%d of %d documents have nothing at the records path %s", d.lacking,
			d.documents, d.path))
	}
	if truncated {
		d.notes.add(TruncatedDocument, d.at, "the last document is not complete")
	}
	d.lacking, d.depth, d.stack = 0, 0, nil
	return nil
}

// next returns what byte c becomes.
func (d *documents) next(c byte) byte {
	switch d.state {
	case inRecord, skipping:
		return d.inside(c)
	case inKey:
		return d.inKey(c)
	case inScalar:
		switch {
		case d.inString:
			d.stringByte(c)
		case c == '"':
			d.inString = true
		case c == ',' || c == ']' || c == '}':
			d.state = between
			if d.structure(c); d.blank {
				return ' '
			}
			return 0x1E // so that an object that follows begins a record
		}
		if d.blank && c != '\n' {
			return ' '
		}
		return c
	case stray:
		if c == '\n' {
			d.state = between
		}
		return c
	}
	switch c {
	case '\n':
		return c
	case ' ', '\t', '\r', 0x1E, 0:
		return ' '
	}
	if d.at < 3 && (c == 0xEF || c == 0xBB || c == 0xBF) {
		return ' ' // a byte order mark
	}
	return d.structure(c)
}

// stringByte follows a string to its end.
func (d *documents) stringByte(c byte) {
	switch {
	case d.escaped:
		d.escaped = false
	case c == '\\':
		d.escaped = true
	case c == '"':
		d.inString = false
	}
}

// inside follows a record, or a value that has none, to its end.
func (d *documents) inside(c byte) byte {
	switch {
	case d.inString:
		d.stringByte(c)
	case c == '"':
		d.inString = true
	case c == '{' || c == '[':
		d.depth++
	case c == '}' || c == ']':
		d.depth--
	}
	record := d.state == inRecord
	if d.depth == 0 && !d.inString {
		d.state = between
		d.endValue()
	}
	switch {
	case !record && c == '\n' || record && d.inString:
		return c
	case !record || c == '\r':
		return ' '
	case c == '\n':
		return '\r'
	}
	return c
}

// inKey follows the key of a member.
func (d *documents) inKey(c byte) byte {
	if d.stringByte(c); !d.inString {
		top := &d.stack[len(d.stack)-1]
		top.wantsKey = false
		top.matches = d.keyIs(d.path.steps[len(d.stack)-1])
		d.state = between
	} else if len(d.key) < maxKey {
		d.key = append(d.key, c)
	}
	if c == '\n' {
		return c
	}
	return ' '
}

func (d *documents) keyIs(step string) bool {
	if string(d.key) == step {
		return true
	}
	var key string
	return strings.Contains(string(d.key), `\`) && json.Unmarshal([]byte(`"`+string(d.key)+`"`), &key) == nil &&
		key == step
}

// structure handles a byte between values that is not white space.
func (d *documents) structure(c byte) byte {
	if len(d.stack) == 0 {
		switch c {
		case ',':
			return ' '
		case '{', '[':
			d.documents++
			d.hasPath = false
			return d.value(c, true)
		}
		d.state = stray
		return c
	}
	top := &d.stack[len(d.stack)-1]
	switch {
	case c == ':' && !top.array:
	case c == ',':
		top.index++
		top.wantsKey = !top.array
		top.matches = false
	case c == '}' && !top.array, c == ']' && top.array:
		d.stack = d.stack[:len(d.stack)-1]
		d.endValue()
	case c == '}' || c == ']': // closes the other kind of container
		d.stack, d.state = d.stack[:0], stray
		return c
	case c == '"' && top.wantsKey:
		d.key, d.inString, d.state = d.key[:0], true, inKey
	case top.target:
		return d.record(c)
	default:
		matches := top.matches
		if top.array {
			matches = strconv.Itoa(top.index) == d.path.steps[len(d.stack)-1]
		}
		return d.value(c, matches)
	}
	return ' '
}

// value begins the value of a document, member or element that is on the way to the records if
// matches is set.
func (d *documents) value(c byte, matches bool) byte {
	if matches && len(d.stack) == len(d.path.steps) {
		d.hasPath = true
		if c == '[' {
			d.stack = append(d.stack, container{array: true, target: true})
			return ' '
		}
		if c != 'n' { // null is like an empty array
			return d.record(c)
		}
	}
	switch {
	case matches && (c == '{' || c == '['):
		d.stack = append(d.stack, container{array: c == '[', wantsKey: c == '{'})
	case c == '{' || c == '[':
		d.state, d.depth = skipping, 1
	default:
		d.state, d.blank, d.inString = inScalar, true, c == '"'
	}
	return ' '
}

// record begins a record.
func (d *documents) record(c byte) byte {
	if c == '{' || c == '[' {
		d.state, d.depth = inRecord, 1
	} else {
		d.state, d.blank, d.inString = inScalar, false, c == '"'
	}
	return c
}

// endValue is called after a value in the innermost container, or a document.
func (d *documents) endValue() {
	if len(d.stack) > 0 {
		return
	}
	if d.hasPath {
		d.found++
	} else {
		d.lacking++
	}
}
