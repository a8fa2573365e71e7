package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ndjson-parquet/internal/testenv"
)

// renderedAccount is the account that terraform/render names.
const renderedAccount = "123456789012"

// rendered is what Terraform would create in the dev environment, by resource address.
type rendered map[string]json.RawMessage

var rendering sync.Mutex

// render runs terraform/render, which takes a while, and keeps its answer for as long as what it
// depends on stays the same. The account it names is replaced. Options are passed on to Terraform.
func render(t *testing.T, account string, options ...string) rendered {
	t.Helper()
	rendering.Lock()
	defer rendering.Unlock()
	root := testenv.Root(t)
	cache := filepath.Join(root, ".cache", "e2e", hash(t, root, "terraform", "environments", "tools/awsprovider",
		"glue/glue_batch_job.py")+strings.Join(options, "")+".json")
	content, err := os.ReadFile(cache)
	if errors.Is(err, fs.ErrNotExist) {
		cmd := exec.CommandContext(t.Context(), filepath.Join(root, "terraform", "render"),
			append([]string{"dev"}, options...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if content, err = cmd.Output(); err != nil {
			t.Fatalf("terraform/render dev: %v\n%s", err, &stderr)
		}
		err = errors.Join(os.MkdirAll(filepath.Dir(cache), 0o755), os.WriteFile(cache+".new", content, 0o644),
			os.Rename(cache+".new", cache))
	}
	if err != nil {
		t.Fatal(err)
	}
	content = bytes.ReplaceAll(content, []byte(renderedAccount), []byte(account))
	type module struct {
		Resources []struct {
			Address string
			Values  json.RawMessage
		}
		ChildModules []json.RawMessage `json:"child_modules"`
	}
	var state struct {
		Values struct {
			RootModule json.RawMessage `json:"root_module"`
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		t.Fatalf("%s: %v", cache, err)
	}
	resources := rendered{}
	modules := []json.RawMessage{state.Values.RootModule}
	for len(modules) > 0 {
		var m module
		if err := json.Unmarshal(modules[0], &m); err != nil {
			t.Fatalf("%s: %v", cache, err)
		}
		for _, r := range m.Resources {
			resources[r.Address] = r.Values
		}
		modules = append(modules[1:], m.ChildModules...)
	}
	return resources
}

// hash is that of the files in folders (or files) below root, ignored ones left out.
func hash(t *testing.T, root string, folders ...string) string {
	t.Helper()
	h := sha256.New()
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "build"):
				return fs.SkipDir
			case d.IsDir():
				return nil
			}
			content, err := os.ReadFile(path)
			sum := sha256.Sum256(content)
			_, _ = h.Write(append([]byte(path+"\x00"), sum[:]...)) // never fails
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// get decodes the resource at an address.
func get[T any](t *testing.T, r rendered, address string) T {
	t.Helper()
	values, ok := r[address]
	if !ok {
		t.Fatalf("Terraform creates no %s", address)
	}
	var v T
	if err := json.Unmarshal(values, &v); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
	return v
}
