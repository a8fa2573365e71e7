package scan

// parseTimestamp parses the forms of RFC 3339 and ISO 8601, YYYY-MM-DDThh:mm[:ss[.fraction]][zone],
// as microseconds since 1970-01-01T00:00:00Z. A space may replace the T. The zone is Z, ±hh:mm,
// ±hhmm or ±hh, and UTC if it is missing. Digits beyond the microsecond are cut off; those beyond
// the ninth must be zero. A leap second, 23:59:60 UTC, is the first second of the next day.
func parseTimestamp(b []byte) (micros int64, ok bool) {
	if len(b) < 16 || b[10]|0x20 != 't' && b[10] != ' ' || b[13] != ':' {
		return 0, false
	}
	days, ok := parseDate(b[:10])
	hour, ok1 := fixedInt(b[11:], 2)
	minute, ok2 := fixedInt(b[14:], 2)
	if !ok || !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, false
	}
	b = b[16:]
	seconds := int64(days)*86400 + int64(hour)*3600 + int64(minute)*60
	var second int
	var fraction int64
	if len(b) > 0 && b[0] == ':' {
		if second, ok = fixedInt(b[1:], 2); !ok || second > 60 {
			return 0, false
		}
		seconds += int64(second)
		b = b[3:]
		if len(b) > 0 && (b[0] == '.' || b[0] == ',') {
			if fraction, b, ok = parseFraction(b[1:]); !ok {
				return 0, false
			}
		}
	}
	offset, ok := parseZone(b)
	seconds -= offset
	if second == 60 && seconds%86400 != 0 {
		return 0, false
	}
	return seconds*1e6 + fraction, ok
}

// parseFraction parses the digits of a fraction of a second as microseconds.
func parseFraction(b []byte) (micros int64, rest []byte, ok bool) {
	const maxDigits = 9
	unit := int64(100_000)
	i := 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if i >= maxDigits && b[i] != '0' {
			return 0, nil, false
		}
		micros += int64(b[i]-'0') * unit
		unit /= 10
	}
	return micros, b[i:], i > 0
}

// parseZone parses a zone as seconds east of UTC.
func parseZone(b []byte) (seconds int64, ok bool) {
	if len(b) == 0 || len(b) == 1 && b[0]|0x20 == 'z' {
		return 0, true
	}
	sign := int64(1)
	switch b[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	hours, ok := fixedInt(b[1:], 2)
	if !ok || hours > 23 {
		return 0, false
	}
	minutes := 0
	if b = b[3:]; len(b) > 0 {
		if b[0] == ':' {
			b = b[1:]
		}
		if minutes, ok = fixedInt(b, 2); !ok || len(b) != 2 || minutes > 59 {
			return 0, false
		}
	}
	return sign * int64(hours*3600+minutes*60), true
}
