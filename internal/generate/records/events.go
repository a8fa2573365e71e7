package records

import (
	"math/rand/v2"
	"strconv"
	"time"
)

var (
	countries = []string{"DE", "FR", "US", "GB", "JP", "BR", "IN", "PL", "ES", "IT", "NL", "SE"}
	kinds     = []string{"page_view", "click", "scroll", "add_to_cart", "purchase", "search", "login", "logout"}
	methods   = []string{"GET", "GET", "GET", "GET", "POST", "PUT", "DELETE"}
	codes     = []string{"200", "200", "200", "200", "200", "204", "301", "304", "404", "500"}
	sections  = []string{"products", "category", "search", "account", "checkout", "help", "blog"}
	agents    = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 " +
			"Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.2 " +
			"Safari/605.1.15",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
		"Mozilla/5.0 (X11; Linux x86_64; rv:134.0) Gecko/20100101 Firefox/134.0",
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile " +
			"Safari/537.36",
	}
)

// events are a web site's log: 15 flat columns, about 560 bytes a record.
func events(r *rand.Rand, start time.Time) Maker {
	at := start
	return func(line []byte) []byte {
		at = at.Add(time.Duration(r.IntN(40_000)) * time.Microsecond)
		user := skewed(r, 2_000_000)

		line = append(line, `{"event_id":"`...)
		line = appendUUID(line, r)
		line = append(line, `","timestamp":`...)
		line = appendTime(line, at)
		line = append(line, `,"event_type":"`...)
		line = append(line, pick(r, kinds)...)
		line = append(line, `","user_id":`...)
		line = strconv.AppendInt(line, int64(1_000_000_000+user), 10)
		line = append(line, `,"session_id":"`...)
		line = appendHex(line, r.Uint64(), 16)
		line = append(line, `","country":"`...)
		line = append(line, countries[user%len(countries)]...)
		line = append(line, `","ip":"`...)
		line = appendIP(line, r.Uint32())
		line = append(line, `","user_agent":"`...)
		line = append(line, agents[user%len(agents)]...)
		line = append(line, `","method":"`...)
		line = append(line, pick(r, methods)...)
		line = append(line, `","url":"https://shop.example.com/`...)
		line = append(line, pick(r, sections)...)
		line = append(line, '/')
		line = strconv.AppendInt(line, int64(skewed(r, 100_000)), 10)
		line = append(line, `?utm_source=newsletter&position=`...)
		line = strconv.AppendInt(line, int64(r.IntN(50)), 10)
		if r.IntN(3) == 0 {
			line = append(line, `","referrer":null,"status":`...)
		} else {
			line = append(line, `","referrer":"https://www.search.example/results?q=item+`...)
			line = strconv.AppendInt(line, int64(skewed(r, 50_000)), 10)
			line = append(line, `","status":`...)
		}
		line = append(line, pick(r, codes)...)
		line = append(line, `,"duration_ms":`...)
		line = appendCents(line, int64(skewed(r, 500_000)))
		line = append(line, `,"bytes_sent":`...)
		line = strconv.AppendInt(line, int64(skewed(r, 2_000_000)), 10)
		line = append(line, `,"is_mobile":`...)
		line = strconv.AppendBool(line, user%len(agents) == 2 || user%len(agents) == 4)
		return append(line, '}')
	}
}

func appendIP(line []byte, v uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		line = strconv.AppendUint(line, uint64(v>>shift&255), 10)
		if shift > 0 {
			line = append(line, '.')
		}
	}
	return line
}
