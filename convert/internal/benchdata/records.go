// Package benchdata generates the input of benchmarks, in shapes like those of the corpora in
// bench/.
package benchdata

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Shapes are the shapes that Records knows.
var Shapes = []string{"events", "metrics", "nested"}

// Records generates about n bytes of records of one of the Shapes. The same arguments give the same
// text.
func Records(shape string, n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		switch shape {
		case "events":
			fmt.Fprintf(&b,
				`{"event_id":"%016x-%08x","timestamp":"2025-01-17T%02d:%02d:%02d.%06dZ","event_type":"%s",`+
					`"user_id":%d,`+
					`"country":"%s","user_agent":"Mozilla/5.0 (Linux; Android 15; Pixel %d) `+
					`AppleWebKit/537.36 (KHTML, like Gecko)",`+
					`"url":"https://shop.example.com/category/%d?utm_source=newsletter&position=%d",`+
					`"status":%d,"duration_ms":%.2f,`+
					`"bytes_sent":%d,"is_mobile":%t}`+"\n",
				r.Uint64(), r.Uint32(), i/3600%24, i/60%60, i%60, r.IntN(1e6),
				[]string{"click", "view", "purchase"}[r.IntN(3)], 1e9+r.IntN(1e6),
				[]string{"GB", "DE", "FR"}[r.IntN(3)], r.IntN(10),
				r.IntN(20000), r.IntN(60), 200+r.IntN(4)*100, r.Float64()*1000, r.IntN(1e6), r.IntN(2) == 0)
		case "metrics":
			fmt.Fprintf(&b,
				`{"ts":%d,"host":"node-%d","up":true,"procs":%d,"cpu":%v,"load":%v,"mem":%v,"disk":%v,"net":%v}`+"\n",
				1737072000008+i, r.IntN(300), r.IntN(500), r.Float64(), r.Float64()*4, r.Float64()*1000,
				r.Float64()*1000,
				r.Float64()*500)
		case "nested":
			fmt.Fprintf(&b,
				`{"order_id":%d,"customer":{"id":%d,"name":"Fatima Okafor",`+
					`"address":{"city":"Oslo","zip":"%05d"}},"items":[`,
				326411222016+i, r.IntN(1e5), r.IntN(1e5))
			for j := range 1 + r.IntN(3) {
				if j > 0 {
					b.WriteByte(',')
				}
				fmt.Fprintf(&b,
					`{"sku":"SKU-%04x","quantity":%d,"price":%.2f,"options":{"colour":"navy","engraving":null}}`,
					r.IntN(1<<16), r.IntN(9), r.Float64()*200)
			}
			b.WriteString(`],"tags":["express","b2b"],"payment":{"method":"transfer","captured":true}}` + "\n")
		}
	}
	return b.String()
}
