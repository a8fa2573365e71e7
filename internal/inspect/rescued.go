package inspect

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
)

// A Group is the values that were rescued from a column, or the lines that were rejected for a
// reason.
type Group struct {
	Column   string   `json:"column,omitempty"` // a path with [] for elements of lists; empty: rejected lines
	Reason   string   `json:"reason"`           // of rejected lines; of values, their JSON type
	Count    int64    `json:"count"`
	Examples []string `json:"examples"`
}

// Groups collects groups of rescued values and rejected lines.
type Groups struct{ byKey map[[2]string]*Group }

const (
	mostExamples   = 3
	longestExample = 120 // bytes
)

func (g *Groups) add(column, reason, example string) {
	if g.byKey == nil {
		g.byKey = map[[2]string]*Group{}
	}
	key := [2]string{column, reason}
	if g.byKey[key] == nil {
		g.byKey[key] = &Group{Column: column, Reason: reason}
	}
	group := g.byKey[key]
	group.Count++
	if len(example) > longestExample {
		example = example[:longestExample] + "…"
	}
	if len(group.Examples) < mostExamples && !slices.Contains(group.Examples, example) {
		group.Examples = append(group.Examples, example)
	}
}

// Sorted returns the groups, the largest first.
func (g *Groups) Sorted() []Group {
	all := []Group{}
	for _, group := range g.byKey {
		all = append(all, *group)
	}
	slices.SortFunc(all, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}

var listIndex = regexp.MustCompile(`/[0-9]+(/|$)`)

// AddParquet adds the rescued values of a Parquet file of size bytes.
func (g *Groups) AddParquet(r io.ReaderAt, size int64) error {
	return Head(r, size, math.MaxInt, func(row map[string]any) error {
		var text string
		switch v := row["_rescued_data"].(type) {
		case string:
			text = v
		case []byte:
			text = string(v)
		}
		if text == "" {
			return nil
		}
		var values map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &values); err != nil {
			return fmt.Errorf("_rescued_data is not valid: %w", err)
		}
		for pointer, value := range values {
			g.add(listIndex.ReplaceAllString(pointer, "[]$1"), jsonType(value), string(value))
		}
		return nil
	})
}

// AddRejected adds the lines of a file of rejected records.
func (g *Groups) AddRejected(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var record struct{ Reason, Detail, Raw string }
			if err := json.Unmarshal(line, &record); err != nil {
				return fmt.Errorf("not a file of rejected records: %w", err)
			}
			example := record.Raw
			if record.Detail != "" {
				example = record.Detail + ": " + example
			}
			g.add("", record.Reason, example)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// jsonType is the type of a JSON value.
func jsonType(value []byte) string {
	if len(value) == 0 {
		return "nothing"
	}
	switch value[0] {
	case '"':
		return "string"
	case '{':
		return "object"
	case '[':
		return "array"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}
