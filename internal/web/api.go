package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// apiRoutes adds the HTTP API, which openapi.yaml describes.
func (s *Server) apiRoutes(mux *http.ServeMux) {
	api := func(pattern string, answer func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := answer(r)
			if err != nil {
				s.apiError(w, r, err)
				return
			}
			writeJSON(w, r, http.StatusOK, v)
		})
	}
	api("GET /api/v1/status", s.apiStatus)
	api("GET /api/v1/dates/{date}/files", s.apiFiles)
	api("GET /api/v1/dates/{date}/batches", s.apiBatches)
	api("GET /api/v1/files", s.apiFile)
	api("GET /api/v1/batches/{id}", s.apiBatch)
	api("GET /api/v1/schema", s.apiSchema)
	api("GET /api/v1/attention", s.apiAttention)
	api("POST /api/v1/actions", s.apiAction)
	mux.HandleFunc("GET /api/openapi.yaml", func(w http.ResponseWriter, r *http.Request) {
		content, _ := files.ReadFile("openapi.yaml") // it is embedded
		w.Header().Set("Content-Type", "application/yaml")
		writeCompressed(w, r, http.StatusOK, content)
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { s.apiError(w, r, errNoPage) })
}

func writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	content, err := json.Marshal(v)
	if err != nil {
		writeText(w, http.StatusInternalServerError, "this answer could not be written\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	writeCompressed(w, r, status, append(content, '\n'))
}

func (s *Server) apiError(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, errInput):
		status = http.StatusBadRequest
	case errors.Is(err, errNoPage), errors.Is(err, pipeline.ErrNotFound):
		status = http.StatusNotFound
	default:
		s.Log.Error("an API request failed", "path", r.URL.Path, "error", err)
	}
	writeJSON(w, r, status, map[string]string{"error": err.Error()})
}

type countsJSON struct {
	Lines    int64 `json:"lines"`
	Rows     int64 `json:"rows"`
	Rejected int64 `json:"rejected"`
	Blank    int64 `json:"blank"`
	Rescued  int64 `json:"rescued"`
}

func countsOf(c pipeline.Counts) countsJSON {
	return countsJSON{c.Lines, c.Rows, c.Rejected, c.Blank, c.Rescued}
}

type statusJSON struct {
	Files       map[pipeline.Status]int `json:"files_by_status"`
	Bytes       int64                   `json:"bytes"`
	Counts      countsJSON              `json:"counts"`
	DeadLetters int                     `json:"dead_letters"`
	// OldestPending is the arrival of the file that waits longest.
	OldestPending time.Time  `json:"oldest_pending,omitzero"`
	Dates         []dateJSON `json:"dates"`
}

type dateJSON struct {
	Date   string                  `json:"date"`
	Files  map[pipeline.Status]int `json:"files_by_status"`
	Bytes  int64                   `json:"bytes"`
	Counts countsJSON              `json:"counts"`
}

func (s *Server) apiStatus(r *http.Request) (any, error) {
	o, err := s.overview(r.Context())
	v := statusJSON{o.Files, o.Bytes, countsOf(o.Counts), o.Letters, o.OldestPending(), []dateJSON{}}
	for _, d := range o.Dates {
		v.Dates = append(v.Dates, dateJSON{d.Date, d.Files, d.Bytes, countsOf(d.Counts)})
	}
	return v, err
}

type fileJSON struct {
	Key       string           `json:"key"`
	Date      string           `json:"date"`
	Status    pipeline.Status  `json:"status"`
	Reason    string           `json:"reason,omitempty"`
	Detail    string           `json:"detail,omitempty"`
	Batch     pipeline.BatchID `json:"batch,omitempty"`
	Path      string           `json:"path"`
	ETag      string           `json:"etag"`
	Size      int64            `json:"size_bytes"`
	Counts    countsJSON       `json:"counts"`
	CreatedAt time.Time        `json:"created_at"`
	UpdatedAt time.Time        `json:"updated_at"`
	Advice    string           `json:"advice,omitempty"`
}

func newFileJSON(f pipeline.File) fileJSON {
	return fileJSON{
		Key: f.Key, Date: f.DatePrefix, Status: f.Status, Reason: f.Reason, Detail: f.Detail, Batch: f.BatchID,
		Path: f.Path, ETag: f.ETag,
		Size: f.Size, Counts: countsOf(f.Counts), CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt,
	}
}

// limitOf reads the parameter limit.
func limitOf(r *http.Request, most int) (int, error) {
	text := r.URL.Query().Get("limit")
	if text == "" {
		return pageFiles, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%w: limit must be 1 to %d", errInput, most)
	}
	return n, nil
}

func (s *Server) apiFiles(r *http.Request) (any, error) {
	q := r.URL.Query()
	status := pipeline.Status(q.Get("status"))
	limit, err := limitOf(r, 1000)
	if err != nil {
		return nil, err
	}
	if !validDate(r.PathValue("date")) || status != "" && !slices.Contains(pipeline.Statuses, status) {
		return nil, fmt.Errorf("%w: expected a date, and a status of a file", errInput)
	}
	l, err := s.listFiles(r, r.PathValue("date"), q.Get("after"), status, q.Get("contains"), limit)
	list := []fileJSON{}
	for _, f := range l.files {
		list = append(list, newFileJSON(f))
	}
	return map[string]any{"files": list, "next_after": l.after}, err
}

func (s *Server) apiFile(r *http.Request) (any, error) {
	date, key := r.URL.Query().Get("date"), r.URL.Query().Get("key")
	if !validDate(date) || key == "" {
		return nil, fmt.Errorf("%w: expected a date and a key", errInput)
	}
	rows, err := s.View.Ledger.Versions(r.Context(), date, key)
	list := []fileJSON{}
	for _, f := range rows {
		one := newFileJSON(f)
		one.Advice = pipeline.Advise(f, s.View.Resumption).String()
		list = append(list, one)
	}
	return map[string]any{"versions": list}, err
}

type batchJSON struct {
	ID        pipeline.BatchID  `json:"id"`
	Date      string            `json:"date"`
	Status    pipeline.Status   `json:"status"`
	Error     string            `json:"error,omitempty"`
	Manifest  string            `json:"manifest"`
	Engine    string            `json:"engine,omitempty"`
	Files     int               `json:"files"`
	Bytes     int64             `json:"bytes"`
	Counts    countsJSON        `json:"counts"`
	Outputs   []pipeline.Output `json:"outputs"`
	Attempts  int               `json:"attempts"`
	Retries   int               `json:"retries"`
	CreatedAt time.Time         `json:"created_at"`
	StartedAt time.Time         `json:"started_at,omitzero"`
	EndedAt   time.Time         `json:"ended_at,omitzero"`
}

func newBatchJSON(b pipeline.Batch) batchJSON {
	outputs := b.Outputs
	if outputs == nil {
		outputs = []pipeline.Output{}
	}
	return batchJSON{
		b.ID, b.ID.Date(), b.Status, b.Error, b.ManifestPath, b.Engine, b.FileCount, b.Bytes, countsOf(b.Counts),
		outputs, b.Attempts,
		b.Retries, b.CreatedAt, b.StartedAt, b.EndedAt,
	}
}

func (s *Server) apiBatches(r *http.Request) (any, error) {
	limit, err := limitOf(r, 1000)
	if err != nil {
		return nil, err
	}
	if !validDate(r.PathValue("date")) {
		return nil, fmt.Errorf("%w: expected a date", errInput)
	}
	list := []batchJSON{}
	for b, err := range s.View.Ledger.LatestBatches(r.Context(), r.PathValue("date")) {
		if err != nil {
			return nil, err
		}
		if len(list) == limit {
			break
		}
		list = append(list, newBatchJSON(b))
	}
	return map[string]any{"batches": list}, nil
}

func (s *Server) apiBatch(r *http.Request) (any, error) {
	id, err := pipeline.ParseBatchID(r.PathValue("id"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errInput, err)
	}
	b, rows, err := s.View.Ledger.Batch(r.Context(), id)
	if err != nil {
		return nil, err
	}
	list := []fileJSON{}
	for _, f := range rows {
		list = append(list, newFileJSON(f))
	}
	return map[string]any{"batch": newBatchJSON(b), "files": list}, nil
}

func (s *Server) apiSchema(r *http.Request) (any, error) {
	var d dataData
	if err := s.schemaHistory(r.Context(), &d); err != nil {
		return nil, err
	}
	columns := []map[string]any{}
	for _, c := range d.Columns {
		columns = append(columns, map[string]any{"name": c.Name, "type": c.Type, "since_version": c.Since})
	}
	return map[string]any{"version": d.Version, "columns": columns}, nil
}

type attentionJSON struct {
	ID    string     `json:"id"`
	Title string     `json:"title"`
	Count int        `json:"count"`
	Items []itemJSON `json:"items"`
}

type itemJSON struct {
	Name     string    `json:"name"`
	Reason   string    `json:"reason,omitempty"`
	Text     string    `json:"text,omitempty"`
	At       time.Time `json:"at,omitzero"`
	Commands []string  `json:"commands"`
}

func (s *Server) apiAttention(r *http.Request) (any, error) {
	o, err := s.overview(r.Context())
	if err != nil {
		return nil, err
	}
	groups, err := s.attention(r.Context(), o, pageFiles)
	list := []attentionJSON{}
	for _, g := range groups {
		one := attentionJSON{g.ID, g.Title, g.Count, []itemJSON{}}
		for _, i := range g.Items {
			j := itemJSON{i.Name, i.Reason, i.Text, i.At, []string{}}
			for _, f := range i.Fixes {
				j.Commands = append(j.Commands, f.Command)
			}
			one.Items = append(one.Items, j)
		}
		list = append(list, one)
	}
	return map[string]any{"groups": list}, err
}

// apiAction performs an action. Its result says whether it succeeded.
func (s *Server) apiAction(r *http.Request) (any, error) {
	var in struct{ Action, Date, Key, Batch string }
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		return nil, fmt.Errorf("%w: expected a JSON object", errInput)
	}
	f, err := s.fixOf(in.Action, in.Date, in.Key, in.Batch)
	if err != nil {
		return nil, err
	}
	return s.perform(r.Context(), f), nil
}
