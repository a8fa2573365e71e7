package schema

import (
	"strconv"
	"strings"
)

// timestamp consumes the optional argument of a timestamp: the unit of numbers, such as
// timestamp(epoch_ms), with or without quotes, or the number of fractional digits, as Athena writes
// it, which is ignored.
func (p *ddlParser) timestamp() (Type, error) {
	t := Type{Kind: Timestamp}
	if !p.accept('(') {
		return t, nil
	}
	quoted := p.accept('\'')
	start := p.at
	word := p.word()
	if digits, err := strconv.Atoi(word); err != nil || digits < 0 || digits > 12 || quoted {
		if t.Epoch = parseEpoch(word); t.Epoch == NoEpoch {
			p.at = start
			return t, p.errorf("expected epoch_s, epoch_ms, epoch_us or epoch_ns")
		}
	}
	if quoted {
		if err := p.expect('\''); err != nil {
			return t, err
		}
	}
	return t, p.expect(')')
}

func parseEpoch(word string) Epoch {
	for unit, name := range epochNames {
		if strings.EqualFold(word, name) {
			return unit
		}
	}
	return NoEpoch
}
