package web

import (
	"bytes"
	"compress/gzip"
	"errors"
	"html/template"
	"net/http"
	"path"
	"strings"

	"ndjson-parquet/internal/pipeline"
)

// A view is what a page shows.
type view struct {
	template string // without .html
	title    string
	section  string // of the navigation
	status   int    // 0: 200
	data     any
}

// A frame is what the layout needs.
type frame struct {
	Title, Section, Root string
	Attention            int // what waits for an operator
	Live                 bool
	Buttons              bool
	Login                bool
	Data                 any
}

var (
	errNoPage = errors.New("there is no such page")
	errInput  = errors.New("this address is not complete")
)

// parse returns the templates of all pages, each with the layout.
func (s *Server) parse() (map[string]*template.Template, error) {
	names, err := files.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	base, err := template.New("").Funcs(s.functions()).ParseFS(files, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, n := range names {
		t, err := base.Clone()
		if err == nil {
			t, err = t.ParseFS(files, "templates/"+n.Name())
		}
		if err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(n.Name(), ".html")] = t
	}
	return pages, nil
}

// page makes a handler of a function that gathers what a page shows.
func (s *Server) page(show func(*http.Request) (view, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := show(r)
		if err != nil {
			v = s.errorView(r, err)
		}
		s.render(w, r, v)
	})
}

func (s *Server) errorView(r *http.Request, err error) view {
	v := view{template: "error", title: "Not found", status: http.StatusNotFound, data: err.Error()}
	switch {
	case errors.Is(err, errNoPage), errors.Is(err, pipeline.ErrNotFound):
	case errors.Is(err, errInput):
		v.title, v.status = "Bad address", http.StatusBadRequest
	default:
		v.title, v.status = "This could not be read", http.StatusInternalServerError
		if r.Context().Err() == nil {
			s.Log.Error("a page could not be shown", "page", r.URL.Path, "error", err)
		}
	}
	return v
}

func (s *Server) render(w http.ResponseWriter, r *http.Request, v view) {
	f := frame{
		Title: v.title, Section: v.section, Root: s.View.Places.Root, Live: v.status == 0, Buttons: s.Changer != nil,
		Data: v.data,
	}
	if n, err := s.attentionCount(r.Context()); err == nil {
		f.Attention = n
	}
	s.write(w, r, v, f)
}

func (s *Server) renderLogin(w http.ResponseWriter, r *http.Request, status int, message string) {
	s.write(w, r, view{template: "login", status: status}, frame{Title: "Token", Login: true, Data: message})
}

// write renders into memory first, so that an error does not leave half a page.
func (s *Server) write(w http.ResponseWriter, r *http.Request, v view, f frame) {
	pages, err := s.templates()
	var b bytes.Buffer
	if err == nil {
		err = pages[v.template].ExecuteTemplate(&b, "layout", f)
	}
	if err != nil {
		s.Log.Error("a page could not be rendered", "page", r.URL.Path, "error", err)
		writeText(w, http.StatusInternalServerError, "this page could not be rendered\n")
		return
	}
	status := v.status
	if status == 0 {
		status = http.StatusOK
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	writeCompressed(w, r, status, b.Bytes())
}

// writeCompressed compresses where the client understands it.
func writeCompressed(w http.ResponseWriter, r *http.Request, status int, content []byte) {
	w.Header().Add("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || len(content) < 1000 {
		w.WriteHeader(status)
		_, _ = w.Write(content) //nolint:gosec // html/template has escaped it, or it is JSON
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed) // a valid level
	_, _ = z.Write(content)
	_ = z.Close()
}

var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
}

func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	content, err := files.ReadFile("static/" + name)
	if err != nil {
		writeText(w, http.StatusNotFound, "not found\n")
		return
	}
	w.Header().Set("Content-Type", contentTypes[path.Ext(name)])
	w.Header().Set("Cache-Control", "max-age=300")
	writeCompressed(w, r, http.StatusOK, content)
}
