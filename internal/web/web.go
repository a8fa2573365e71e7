// Package web serves a pipeline's dashboard, HTTP API and metrics.
//
// Pages are rendered on the server and need no JavaScript; a small script only replaces their
// content when the ledger has changed. Nothing is loaded from elsewhere. Everything that comes from
// data is escaped by html/template, and control and direction characters are made visible.
package web

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// A Changer is what the buttons need. *home.Home is one.
type Changer interface {
	Flush(ctx context.Context, date string) ([]pipeline.BatchID, error)
	Retry(ctx context.Context, id pipeline.BatchID) error
	Release(ctx context.Context, date, key string) (pipeline.File, error)
	Redrive(ctx context.Context) (home.Redriven, error)
}

// Options say what a server shows, and to which clients.
type Options struct {
	View *home.View
	// Changer performs actions. Without one, pages show commands but no buttons.
	Changer Changer
	// Progress returns how far the executions of this process are. It may be nil.
	Progress func() home.Progress
	// Token is what clients have to present. Empty: none is needed.
	Token string
	// Hosts are the names and addresses by which clients may call the server, beside those of the
	// loopback interface.
	Hosts []string
	// Every is the least time between two looks at the ledger for open pages.
	Every time.Duration
	// Now is the clock. nil: the system's.
	Now func() time.Time
	Log *slog.Logger
}

// A Server is the handler of all pages and of the API. Close it.
type Server struct {
	Options
	handler http.Handler
	recent  *recent
	changes *changes
	outputs *outputs
	results *results
	// templates are parsed for the first page, metrics registered for the first scrape: a program
	// that serves neither pays for neither.
	templates func() (map[string]*template.Template, error)
	metrics   func() http.Handler
}

//go:embed static templates openapi.yaml
var files embed.FS

// New returns a server. It does nothing until it is asked.
func New(o Options) (*Server, error) {
	if o.View == nil || o.Log == nil {
		return nil, errors.New("a web server needs a view and a log")
	}
	if o.Every <= 0 {
		o.Every = time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{
		Options: o, recent: newRecent(o.View.Ledger), outputs: newOutputs(o.View), results: &results{},
	}
	s.changes = newChanges(o.Every, s.fingerprint)
	s.templates = sync.OnceValues(s.parse)
	s.metrics = sync.OnceValue(s.newMetrics)
	s.handler = s.guard(s.routes())
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends the streams of open pages.
func (s *Server) Close() { s.changes.close() }

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	page := func(pattern string, show func(*http.Request) (view, error)) {
		mux.Handle("GET "+pattern, s.page(show))
	}
	page("/{$}", s.nowPage)
	page("/dates", s.datesPage)
	page("/dates/{date}", s.datePage)
	page("/file", s.filePage)
	page("/batches/{id}", s.batchPage)
	page("/rows/{id}/{number}", s.rowsPage)
	page("/data", s.dataPage)
	page("/attention", s.attentionPage)
	page("/confirm", s.confirmPage)
	page("/results/{id}", s.resultPage)
	mux.HandleFunc("POST /actions", s.postAction)
	mux.HandleFunc("GET /events", s.events)
	mux.HandleFunc("GET /static/{name}", s.static)
	s.apiRoutes(mux)
	mux.HandleFunc(
		"GET /healthz",
		func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") },
	)
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) { s.metrics().ServeHTTP(w, r) })
	mux.Handle("/", s.page(func(*http.Request) (view, error) { return view{}, errNoPage }))
	return mux
}

// ready reports whether the ledger can be read.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if _, err := s.View.Ledger.PendingDates(r.Context()); err != nil {
		s.Log.Warn("not ready: the ledger cannot be read", "error", err)
		writeText(w, http.StatusServiceUnavailable, "the ledger cannot be read\n")
		return
	}
	writeText(w, http.StatusOK, "ready\n")
}

func writeText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text)) //nolint:gosec // it is sent as plain text
}
