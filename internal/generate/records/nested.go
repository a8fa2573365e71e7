package records

import (
	"math/rand/v2"
	"strconv"
	"time"
)

var (
	tagWords  = []string{"sale", "new", "gift", "express", "b2b", "returning", "mobile", "vip"}
	givens    = []string{"Ada", "Björn", "Chloé", "Dmitri", "Emre", "Fatima", "Greta", "Hiroshi", "Inés", "Jakub"}
	families  = []string{"Okafor", "Schmidt", "O'Brien", "Nowak", "García", "Yılmaz", "田中", "Larsen", "Novák", "Rossi"}
	cityNames = []string{"Berlin", "München", "Zürich", "Wien", "Kraków", "Lyon", "東京", "Oslo"}
	titles    = []string{"T-shirt \\\"Wave\\\"", "Mug, 0.3 l", "Messenger bag \\/ canvas", "Desk lamp",
		"Pencils, box of 12", "Notebook A5"}
	colours = []string{"black", "white", "navy", "olive", "red"}
)

// nested are orders: objects in objects, a list of strings, a list of objects that hold an object;
// about 675 bytes a record.
func nested(r *rand.Rand, start time.Time) Maker {
	at := start
	serial := r.Int64N(1 << 40)
	return func(line []byte) []byte {
		at = at.Add(time.Duration(r.IntN(90_000)) * time.Microsecond)
		serial++
		customer := skewed(r, 1_000_000)

		line = append(line, `{"order_id":`...)
		line = strconv.AppendInt(line, serial, 10)
		line = append(line, `,"created_at":`...)
		line = appendTime(line, at)
		line = append(line, `,"customer":{"id":`...)
		line = strconv.AppendInt(line, int64(customer), 10)
		line = append(line, `,"name":"`...)
		line = append(line, givens[customer%len(givens)]...)
		line = append(line, ' ')
		line = append(line, families[customer/16%len(families)]...)
		line = append(line, `","email":"customer`...)
		line = strconv.AppendInt(line, int64(customer), 10)
		line = append(line, `@example.com","address":{"city":"`...)
		line = append(line, cityNames[customer%len(cityNames)]...)
		line = append(line, `","zip":"`...)
		line = strconv.AppendInt(line, int64(10_000+customer%80_000), 10)
		line = append(line, `","geo":{"lat":`...)
		line = strconv.AppendFloat(line, 35+float64(r.IntN(2_500_000))/1e5, 'f', 5, 64)
		line = append(line, `,"lon":`...)
		line = strconv.AppendFloat(line, float64(r.IntN(14_000_000))/1e5, 'f', 5, 64)
		line = append(line, `}}},"items":[`...)
		total := int64(0)
		for i := range 1 + skewed(r, 8) {
			if i > 0 {
				line = append(line, ',')
			}
			cents, quantity := 100+r.Int64N(20_000), 1+r.Int64N(4)
			total += cents * quantity
			line = appendItem(line, r, cents, quantity)
		}
		line = append(line, `],"tags":[`...)
		for i := range r.IntN(4) {
			if i > 0 {
				line = append(line, ',')
			}
			line = append(append(append(line, '"'), pick(r, tagWords)...), '"')
		}
		line = append(line, `],"payment":{"method":"`...)
		line = append(line, pick(r, []string{"card", "invoice", "transfer", "wallet"})...)
		line = append(line, `","reference":"`...)
		line = appendUUID(line, r)
		line = append(line, `","amount":`...)
		line = appendCents(line, total)
		line = append(line, `,"captured":`...)
		line = strconv.AppendBool(line, r.IntN(10) > 0)
		if r.IntN(4) == 0 {
			line = append(line, `,"coupon":"SAVE`...)
			line = strconv.AppendInt(line, int64(r.IntN(30)), 10)
			line = append(line, '"')
		}
		return append(line, `}}`...)
	}
}

func appendItem(line []byte, r *rand.Rand, cents, quantity int64) []byte {
	line = append(line, `{"sku":"SKU-`...)
	line = appendHex(line, uint64(skewed(r, 65_536)), 4)
	line = append(line, `","title":"`...)
	line = append(line, pick(r, titles)...)
	line = append(line, `","quantity":`...)
	line = strconv.AppendInt(line, quantity, 10)
	line = append(line, `,"price":`...)
	line = appendCents(line, cents)
	line = append(line, `,"options":{"colour":"`...)
	line = append(line, pick(r, colours)...)
	line = append(line, `","engraving":`...)
	if r.IntN(10) == 0 {
		line = append(line, `"für `...)
		line = append(line, pick(r, givens)...)
		line = append(line, '"')
	} else {
		line = append(line, `null`...)
	}
	return append(line, `}}`...)
}
