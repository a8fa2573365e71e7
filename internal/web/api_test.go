package web

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// Every operation of openapi.yaml is called, and every answer, errors included, is as openapi.yaml
// says.
func TestAPIAnswersAsDocumented(t *testing.T) {
	s := newSite(t, nil)
	loader := openapi3.NewLoader()
	_, text := s.get("/api/openapi.yaml", nil)
	document, err := loader.LoadFromData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := document.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
	document.Servers = nil
	router, err := gorillamux.NewRouter(document)
	if err != nil {
		t.Fatal(err)
	}
	batch, failed := s.completedBatch(), s.failedBatch()
	query := func(path string, pairs ...string) string {
		v := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return path + "?" + v.Encode()
	}
	options := &openapi3filter.Options{
		AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
		IncludeResponseStatus: true,
	}
	called := map[string]bool{}
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string // part of the answer
	}{
		{"GET", "/api/v1/status", "", 200, `"dead_letters":1`},
		{"GET", "/api/v1/dates/2025-01-17/files", "", 200, `"status":"completed"`},
		{"GET", "/api/v1/dates/undated/files", "", 200, `"date":"undated"`},
		{"GET", "/api/v1/dates/2025-01-17/files?limit=1", "", 200, `"next_after":"2025-01-17-`},
		{"GET", "/api/v1/dates/2025-01-17/files?status=quarantined&contains=IMG", "", 200, `too-small`},
		{"GET", "/api/v1/dates/2001-01-01/files", "", 200, `"files":[],"next_after":""`},
		{"GET", "/api/v1/dates/nonsense/files", "", 400, "error"},
		{"GET", "/api/v1/dates/2025-01-17/files?limit=0", "", 400, "limit"},
		{"GET", "/api/v1/dates/2025-01-17/files?status=lost", "", 400, "error"},
		{"GET", "/api/v1/dates/2025-01-17/batches", "", 200, string(batch.ID)},
		{"GET", "/api/v1/dates/2025-01-17/batches?limit=1", "", 200, `"batches":[{`},
		{"GET", "/api/v1/batches/" + string(batch.ID), "", 200, batch.Outputs[0].SHA256},
		{"GET", "/api/v1/batches/" + string(failed), "", 200, `"status":"failed"`},
		{"GET", "/api/v1/batches/2025-01-17-0099-20250117-000000", "", 404, "error"},
		{"GET", "/api/v1/batches/nonsense", "", 400, "error"},
		{"GET", query("/api/v1/files", "date", "2025-01-17", "key", quarantinedKey), "", 200, "release "},
		{"GET", query("/api/v1/files", "date", "2025-01-17", "key", "nowhere"), "", 404, "error"},
		{"GET", "/api/v1/files?date=2025-01-17", "", 400, "error"},
		{"GET", "/api/v1/schema", "", 200, `"name":"added_1"`},
		{"GET", "/api/v1/attention", "", 200, `retry ` + string(failed)},
		{"POST", "/api/v1/actions", `{"action":"redrive"}`, 200, `"ok":true`},
		{"POST", "/api/v1/actions", `{"action":"flush","date":"2001-01-01"}`, 200, `"ok":true`},
		{"POST", "/api/v1/actions", `{"action":"retry","batch":"` + string(batch.ID) + `"}`, 200, `"ok":false`},
		{"POST", "/api/v1/actions", `{"action":"delete"}`, 400, "error"},
		{"POST", "/api/v1/actions", `{"action":"flush"}`, 400, "error"},
		{"POST", "/api/v1/actions", `nonsense`, 400, "error"},
	} {
		answer, body := s.do(
			c.method,
			c.path,
			c.body,
			func(r *http.Request) { r.Header.Set("Content-Type", "application/json") },
		)
		if answer.status != c.status || !strings.Contains(body, c.want) {
			t.Errorf(
				"%s %s %s: %d %s, want %d and %q",
				c.method,
				c.path,
				c.body,
				answer.status,
				body,
				c.status,
				c.want,
			)
			continue
		}
		request, err := http.NewRequestWithContext(t.Context(), c.method, s.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/json")
		route, parameters, err := router.FindRoute(request)
		if err != nil {
			t.Errorf("%s is not documented: %v", c.path, err)
			continue
		}
		called[route.Operation.OperationID] = true
		input := &openapi3filter.RequestValidationInput{
			Request:    request,
			PathParams: parameters,
			Route:      route,
			Options:    options,
		}
		if err := openapi3filter.ValidateRequest(t.Context(), input); c.status == 200 && err != nil {
			t.Errorf("%s: a request that succeeds is not valid: %v", c.path, err)
		}
		err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: answer.status, Header: answer.header,
			Body:    io.NopCloser(bytes.NewReader([]byte(body))),
			Options: options,
		})
		if err != nil {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	for path, item := range document.Paths.Map() {
		for method, operation := range item.Operations() {
			if !called[operation.OperationID] {
				t.Errorf("%s %s is documented and was not called", method, path)
			}
		}
	}
}
