package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/ledger/sqliteledger"
	"ndjson-parquet/internal/objectstore/dirstore"
	"ndjson-parquet/internal/pipeline"
)

// A site is a root with data and the dashboard of it.
type site struct {
	*testing.T
	places home.Places
	home   *localhome.Home
	server *Server
	url    string
}

// A file that is too small, which can be released, and a date whose output cannot be written at
// first.
const (
	quarantinedKey = "2025-01-17-<img src=x onerror=window.dirty=1>\u202egnp.ndjson"
	brokenDate     = "2025-01-18"
)

// newSite makes a root in which everything that can need attention does: quarantined, failed and
// rejected, a failed batch, a dead letter, and files that wait.
func newSite(t *testing.T, change func(*Options)) *site {
	t.Helper()
	places, err := localhome.Resolve(home.Places{Root: root(t)})
	if err != nil {
		t.Fatal(err)
	}
	config := pipeline.DefaultConfig()
	config.MaxAttempts = 1
	config.ExpectedFileSizeMB, config.SizeTolerancePercent = 0.01, 60
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h, err := localhome.Open(t.Context(), localhome.Options{Places: places, Config: config, Log: log, Executions: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{T: t, places: places, home: h}
	t.Cleanup(func() { _ = h.Close(context.Background()) })
	s.fill()
	o := Options{View: h.View, Changer: h.Home, Progress: h.Progress, Log: log, Every: 50 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	if s.server, err = New(o); err != nil {
		t.Fatal(err)
	}
	listener := httptest.NewServer(s.server)
	t.Cleanup(listener.Close)
	t.Cleanup(s.server.Close)
	s.url = listener.URL
	return s
}

// root is an empty folder; for screenshots one whose path is the same everywhere.
func root(t *testing.T) string {
	t.Helper()
	if os.Getenv("SCREENSHOTS") == "" {
		return t.TempDir()
	}
	folder := filepath.Join(os.TempDir(), "events")
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}

func (s *site) fill() {
	s.Helper()
	s.generate(generate.Plan{
		Seed: 1, From: "2025-01-17", Days: 1, FilesPerDay: 23, FileBytes: 10_000, Shape: "orders", BadRecordPercent: 10,
		BadNamePercent: 10, AwkwardNamePercent: 60, SchemaChanges: 2, Rate: generate.AllAtOnce,
	})
	s.write(quarantinedKey, "{\"id\":\"<script>window.dirty=1</script>\"}\n")
	s.generate(
		generate.Plan{
			Seed:        2,
			From:        brokenDate,
			Days:        1,
			FilesPerDay: 3,
			FileBytes:   10_000,
			Shape:       "orders",
			Rate:        generate.AllAtOnce,
		},
	)
	// The date's output cannot be written while a file has the name of its folder.
	if err := os.WriteFile(s.broken(), nil, 0o666); err != nil {
		s.Fatal(err)
	}
	s.run(false)
	letters, err := sqliteledger.OpenExisting(s.places.Ledger)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = letters.Close() }()
	if err := letters.DeadLetter(s.Context(), pipeline.DeadLetter{
		Key: "2025-01-17-dead<i>.ndjson", ETag: "1", URI: s.inputURI("2025-01-17-dead<i>.ndjson"),
		Error: "the disk said <no>", Attempts: 3,
		FirstSeen: time.Now(), LastSeen: time.Now(),
	}); err != nil {
		s.Fatal(err)
	}
	s.generate(
		generate.Plan{
			Seed:        3,
			From:        s.today(),
			Days:        1,
			FilesPerDay: 2,
			FileBytes:   10_000,
			Shape:       "orders",
			Rate:        generate.AllAtOnce,
		},
	)
	s.run(true)
}

func (s *site) inputURI(key string) string {
	store, err := dirstore.Open(s.places.Input)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	return store.URI(key)
}

func (s *site) broken() string {
	return filepath.Join(s.places.Output, strings.TrimSuffix(pipeline.OutputFolder(brokenDate), "/"))
}

func (s *site) write(key, content string) {
	s.Helper()
	store, err := dirstore.Open(s.places.Input)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if _, err := store.Put(s.Context(), key, strings.NewReader(content)); err != nil {
		s.Fatal(err)
	}
}

func (s *site) generate(p generate.Plan) {
	s.Helper()
	store, err := dirstore.Open(s.places.Input)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	if _, err := generate.Run(s.Context(), p, store, func(generate.Progress) {}); err != nil {
		s.Fatal(err)
	}
}

func (s *site) run(noFlush bool) {
	s.Helper()
	if _, err := s.home.Run(s.Context(), noFlush); err != nil {
		s.Fatal(err)
	}
}

// failedBatch is the batch whose output could not be written.
func (s *site) failedBatch() pipeline.BatchID {
	s.Helper()
	for b, err := range s.home.Ledger.Batches(s.Context(), brokenDate) {
		if err != nil {
			s.Fatal(err)
		}
		return b.ID
	}
	s.Fatal("there is no batch of " + brokenDate)
	return ""
}

// completedBatch is a batch with outputs, rejected lines and a schema.
func (s *site) completedBatch() pipeline.Batch {
	s.Helper()
	for b, err := range s.home.Ledger.Batches(s.Context(), "2025-01-17") {
		if err != nil {
			s.Fatal(err)
		}
		if b.Status == pipeline.Completed && b.Rejected > 0 {
			return b
		}
	}
	s.Fatal("no batch has rejected lines")
	return pipeline.Batch{}
}

// An answer is what a server answered, without the body.
type answer struct {
	status  int
	header  http.Header
	cookies []*http.Cookie
}

// get requests a path, and returns the answer and its body.
func (s *site) get(path string, change func(*http.Request)) (answer, string) {
	s.Helper()
	return s.do(http.MethodGet, path, "", change)
}

func (s *site) do(method, path, body string, change func(*http.Request)) (answer, string) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	client := &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, response.Cookies()}, string(content)
}

// today is the date of the files that wait.
func (s *site) today() string { return time.Now().UTC().Format(time.DateOnly) }

// wait returns when no execution runs.
func (s *site) wait() {
	s.Helper()
	x, _ := s.home.Executor()
	if _, err := x.Wait(s.Context()); err != nil {
		s.Fatal(err)
	}
}

// files counts the files of a status, pending those of a date.
func (s *site) files(status pipeline.Status) int {
	s.Helper()
	summary, err := s.home.Ledger.Summary(s.Context(), "")
	if err != nil {
		s.Fatal(err)
	}
	n := 0
	for _, d := range summary {
		n += d.Files[status]
	}
	return n
}

func (s *site) pending(date string) int {
	s.Helper()
	summary, err := s.home.Ledger.Summary(s.Context(), date)
	if err != nil {
		s.Fatal(err)
	}
	return summary[0].Files[pipeline.Pending]
}
