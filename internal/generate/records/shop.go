package records

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"time"
)

// A Shop makes the order events of a web shop. Every call continues one pseudo-random sequence, so
// the order of calls matters.
type Shop struct {
	random *rand.Rand
	serial int
}

// NewShop returns a shop whose events follow from the seed.
func NewShop(seed uint64) *Shop {
	return &Shop{random: rand.New(rand.NewPCG(seed, 0)), serial: 170000}
}

// orders are the events of a Shop with an unlimited number of orders: nested, about 700 bytes a
// record.
func orders(r *rand.Rand, start time.Time) Maker {
	const perDay = 100_000 // sets the time between two orders
	shop := &Shop{random: r, serial: r.IntN(1 << 30)}
	day := start.Truncate(24 * time.Hour)
	i := -1
	return func(line []byte) []byte {
		i = (i + 1) % perDay
		return append(line, encode(shop.order(day, "web", i, perDay))...)
	}
}

type order struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Time     string    `json:"ts"`
	User     user      `json:"user"`
	Items    []item    `json:"items"`
	Amount   any       `json:"amount"` // an integer, a decimal fraction, or text where the partner does not know it
	Currency string    `json:"currency"`
	Paid     bool      `json:"paid"`
	Tags     []string  `json:"tags"`
	Coupon   *string   `json:"coupon"` // mostly null
	Device   *device   `json:"device,omitempty"`
	Loyalty  *loyalty  `json:"loyalty,omitempty"`
	Note     string    `json:"note,omitempty"`
	Partner  *int      `json:"Id,omitempty"` // differs from "id" only in case
	Extra    *struct{} `json:"extra,omitempty"`
}

type user struct {
	ID      int64   `json:"id"`
	Name    string  `json:"name"`
	Email   string  `json:"email"`
	Address address `json:"address"`
}

type address struct {
	Street  string    `json:"street"`
	City    string    `json:"city"`
	Zip     any       `json:"zip"` // text, but a number from the partner
	Country string    `json:"country"`
	Geo     []float64 `json:"geo"`
}

type item struct {
	SKU      string            `json:"sku"`
	Title    string            `json:"title"`
	Quantity int               `json:"quantity"`
	Price    json.Number       `json:"price"`
	Options  map[string]string `json:"options,omitempty"`
}

type device struct {
	OS         string `json:"os"`
	AppVersion string `json:"app version"` // a name with a space
	Screen     struct {
		Width  int `json:"width"`
		Height int `json:"height"`
	} `json:"screen"`
}

type loyalty struct {
	Tier   string `json:"tier"`
	Points int64  `json:"points"`
}

type refund struct {
	ID       string  `json:"id"`
	Type     string  `json:"type"`
	Time     string  `json:"ts"`
	OrderID  string  `json:"order_id"`
	Reason   *string `json:"reason"`
	Amount   any     `json:"amount"`
	Currency string  `json:"currency"`
	Items    []item  `json:"items"` // always empty here
}

// Orders returns n orders of one day and channel, in the order of their times.
func (s *Shop) Orders(day time.Time, channel string, n int) [][]byte {
	return s.encodeOrders(day, channel, n, func(*order) {})
}

// LoyaltyOrders returns n orders that have the additional column "loyalty".
func (s *Shop) LoyaltyOrders(day time.Time, channel string, n int) [][]byte {
	return s.encodeOrders(day, channel, n, func(o *order) {
		o.Loyalty = &loyalty{Tier: pick(s.random, tiers), Points: int64(s.random.IntN(20000))}
	})
}

// PartnerOrders returns n orders in the form of another company's system, whose columns have values
// of mixed types.
func (s *Shop) PartnerOrders(day time.Time, n int) [][]byte {
	return s.encodeOrders(day, "partner", n, func(o *order) {
		number := 9_000_000 + s.random.IntN(1_000_000)
		o.Partner = &number
		o.Device = nil
		o.User.Address.Zip = 10000 + s.random.IntN(80000)
		if s.random.IntN(8) == 0 {
			o.Amount = "n/a"
		}
		if s.random.IntN(5) == 0 {
			o.Extra = &struct{}{}
		}
	})
}

func (s *Shop) encodeOrders(day time.Time, channel string, n int, change func(*order)) [][]byte {
	records := make([][]byte, 0, n)
	for i := range n {
		o := s.order(day, channel, i, n)
		change(&o)
		records = append(records, encode(o))
	}
	return records
}

func (s *Shop) order(day time.Time, channel string, i, n int) order {
	s.serial++
	o := order{
		ID:       fmt.Sprintf("%s-%d", channel, s.serial),
		Type:     "order.placed",
		Time:     s.timeOfDay(day, i, n),
		User:     s.user(),
		Currency: "EUR",
		Paid:     s.random.IntN(10) > 0,
		Tags:     []string{},
		Device: &device{OS: pick(s.random, systems),
			AppVersion: fmt.Sprintf("4.%d.%d", s.random.IntN(9), s.random.IntN(20))},
	}
	o.Device.Screen.Width = 360 + 40*s.random.IntN(20)
	o.Device.Screen.Height = 640 + 40*s.random.IntN(30)
	cents := 0
	for range 1 + s.random.IntN(3) {
		it, price := s.item()
		cents += price * it.Quantity
		o.Items = append(o.Items, it)
	}
	if cents%100 == 0 {
		o.Amount = cents / 100
	} else {
		o.Amount = json.Number(money(cents))
	}
	for range s.random.IntN(4) {
		o.Tags = append(o.Tags, pick(s.random, tags))
	}
	if s.random.IntN(6) == 0 {
		c := pick(s.random, coupons)
		o.Coupon = &c
	}
	if s.random.IntN(7) == 0 {
		o.Note = pick(s.random, notes)
	}
	return o
}

// Refunds returns n refunds of one day.
func (s *Shop) Refunds(day time.Time, n int) [][]byte {
	records := make([][]byte, 0, n)
	for i := range n {
		s.serial++
		r := refund{
			ID:       fmt.Sprintf("refund-%d", s.serial),
			Type:     "order.refunded",
			Time:     s.timeOfDay(day, i, n),
			OrderID:  fmt.Sprintf("web-%d", 170001+s.random.IntN(300)),
			Amount:   json.Number(money(100 + s.random.IntN(20000))),
			Currency: "EUR",
			Items:    []item{},
		}
		if s.random.IntN(3) > 0 {
			why := pick(s.random, reasons)
			r.Reason = &why
		}
		records = append(records, encode(r))
	}
	return records
}

func (s *Shop) user() user {
	given, family := pick(s.random, givenNames), pick(s.random, familyNames)
	c := pick(s.random, cities)
	// One customer in twenty has an identifier that a double could not hold.
	id := int64(100_000 + s.random.IntN(900_000))
	if s.random.IntN(20) == 0 {
		id += 1 << 53
	}
	return user{
		ID:    id,
		Name:  given + " " + family,
		Email: fmt.Sprintf("customer%d@example.com", id%100_000),
		Address: address{
			Street:  fmt.Sprintf("%s %d", pick(s.random, streets), 1+s.random.IntN(120)),
			City:    c.name,
			Zip:     fmt.Sprintf("%05d", 1000+s.random.IntN(98000)),
			Country: c.country,
			Geo: []float64{
				math.Round((c.latitude+s.random.Float64()/10)*1e5) / 1e5,
				math.Round((c.longitude+s.random.Float64()/10)*1e5) / 1e5,
			},
		},
	}
}

// item returns an item and its price in cents.
func (s *Shop) item() (item, int) {
	p := pick(s.random, products)
	it := item{SKU: p.sku, Title: p.title, Quantity: 1 + s.random.IntN(3), Price: json.Number(money(p.cents))}
	if p.sizes {
		it.Options = map[string]string{"size": pick(s.random, clothSizes), "colour": pick(s.random, clothColours)}
	}
	return it, p.cents
}

// timeOfDay spreads n events over the day and returns the time of the i-th.
func (s *Shop) timeOfDay(day time.Time, i, n int) string {
	step := 24 * time.Hour / time.Duration(n)
	at := day.Add(step*time.Duration(i) + time.Duration(s.random.Int64N(int64(step))))
	return at.Format("2006-01-02T15:04:05.000Z")
}

// money writes cents as a price list would: always with two digits after the point.
func money(cents int) string {
	return fmt.Sprintf("%d.%02d", cents/100, cents%100)
}

// encode writes one record without the escapes that are only needed inside HTML.
func encode(record any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		panic(err) // the types above can all be encoded
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
