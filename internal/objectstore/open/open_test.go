package open_test

import (
	"os"
	"path/filepath"
	"testing"

	"ndjson-parquet/internal/objectstore/dirstore"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/objectstore/s3store"
)

func TestAddresses(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "with space & 100%")
	if _, err := open.Existing(t.Context(), folder); err == nil {
		t.Error("Existing made a directory out of nothing")
	}
	created, err := open.OrCreate(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		t.Errorf("OrCreate made no directory: %v", err)
	}
	byURL, err := open.Existing(t.Context(), created.URI(""))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := byURL.(*dirstore.Store).Path(), created.(*dirstore.Store).Path(); got != want {
		t.Errorf("%s opened %s, want %s", created.URI(""), got, want)
	}
	for address, uri := range map[string]string{
		"s3://bucket":              "s3://bucket/key",
		"s3://bucket/":             "s3://bucket/key",
		"s3://bucket/some/prefix":  "s3://bucket/some/prefix/key",
		"s3://bucket/some/prefix/": "s3://bucket/some/prefix/key",
	} {
		s, err := open.Existing(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := s.(*s3store.Store); !ok || s.URI("key") != uri {
			t.Errorf("%s opened %T with %s, want %s", address, s, s.URI("key"), uri)
		}
	}
	for _, bad := range []string{"s3://", "s3:///x", "s3://bucket/../other", "s3://bucket//x", "gs://bucket/x",
		"http://host/x", "file://host/x", "file://"} {
		if s, err := open.OrCreate(t.Context(), bad); err == nil {
			t.Errorf("%s opened %T", bad, s)
		}
	}
}
