package web

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// keepAlive is how often a stream sends a comment, so that proxies and browsers keep it open.
const keepAlive = 15 * time.Second

// changes tells open pages when what they show may have changed. It looks at the ledger only while
// a page is open.
type changes struct {
	every time.Duration
	look  func(context.Context) (string, error)
	ended context.Context
	end   context.CancelFunc

	mu      sync.Mutex
	pages   map[chan struct{}]bool
	looking bool
}

func newChanges(every time.Duration, look func(context.Context) (string, error)) *changes {
	c := &changes{every: every, look: look, pages: map[chan struct{}]bool{}}
	c.ended, c.end = context.WithCancel(context.Background())
	return c
}

// subscribe returns a channel that receives after each change, and a function that ends this.
func (c *changes) subscribe() (<-chan struct{}, func()) {
	page := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages[page] = true
	if !c.looking {
		c.looking = true
		go c.watch()
	}
	return page, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.pages, page)
	}
}

// watch looks until no page is open.
func (c *changes) watch() {
	tick := time.NewTicker(c.every)
	defer tick.Stop()
	last := ""
	for {
		now, err := c.look(c.ended)
		c.mu.Lock()
		if len(c.pages) == 0 || c.ended.Err() != nil {
			c.looking = false
			c.mu.Unlock()
			return
		}
		if err == nil && now != last && last != "" {
			for page := range c.pages {
				select {
				case page <- struct{}{}:
				default: // it has not seen the last change yet
				}
			}
		}
		c.mu.Unlock()
		if err == nil {
			last = now
		}
		select {
		case <-tick.C:
		case <-c.ended.Done():
		}
	}
}

func (c *changes) close() { c.end() }

// events is the stream of an open page: server-sent events called "change".
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	page, leave := s.changes.subscribe()
	defer leave()
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(text string) bool {
		_ = stream.SetWriteDeadline(time.Now().Add(2 * keepAlive))
		_, err := fmt.Fprint(w, text)
		return err == nil && stream.Flush() == nil
	}
	if !send("retry: 2000\nevent: open\ndata: \n\n") {
		return
	}
	alive := time.NewTicker(keepAlive)
	defer alive.Stop()
	for {
		text := ": alive\n\n"
		select {
		case <-page:
			text = "event: change\ndata: \n\n"
		case <-alive.C:
		case <-r.Context().Done():
			return
		case <-s.changes.ended.Done():
			return
		}
		if !send(text) {
			return
		}
	}
}
