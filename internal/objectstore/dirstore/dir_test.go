package dirstore_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/dirstore"
	"ndjson-parquet/internal/objectstore/objectstoretest"
)

func open(t *testing.T, path string) *dirstore.Store {
	t.Helper()
	s, err := dirstore.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestContract(t *testing.T) {
	objectstoretest.Run(t, func(t *testing.T) objectstore.Store { return open(t, t.TempDir()) })
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func keys(t *testing.T, s objectstore.Store) []string {
	t.Helper()
	found := []string{}
	for o, err := range s.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, o.Key)
	}
	return found
}

// files returns every file below root, including hidden ones.
func files(t *testing.T, root string) []string {
	t.Helper()
	found := []string{}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			path, err = filepath.Rel(root, path)
			found = append(found, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestC37_ListLeavesOutWhatIsHiddenOrBeingWritten(t *testing.T) {
	root := t.TempDir()
	s := open(t, root)
	for _, name := range []string{
		"a.ndjson", "b/c.ndjson", ".hidden.ndjson", ".git/x.ndjson", "b/.DS_Store", "d.ndjson.tmp", "e.ndjson.part",
		"f.ndjson.CRDOWNLOAD",
		"g.ndjson~", ".h.ndjson.swp", "i.ndjson.filepart", "incoming.tmp/j.ndjson", "_k/l.ndjson", "tmp", "part/m",
	} {
		write(t, filepath.Join(root, name), "{}")
	}
	if err := os.Mkdir(filepath.Join(root, "empty.ndjson"), 0o777); err != nil {
		t.Fatal(err)
	}
	want := []string{"_k/l.ndjson", "a.ndjson", "b/c.ndjson", "part/m", "tmp"}
	if got := keys(t, s); !slices.Equal(got, want) {
		t.Errorf("List = %q, want %q", got, want)
	}
	for o, err := range s.List(t.Context(), ".git/", "") {
		t.Errorf("listed %q, %v of a hidden folder when asked for it by prefix", o.Key, err)
	}
}

func TestC8_SymbolicLinksLeadNowhereOutside(t *testing.T) {
	outside, root := t.TempDir(), t.TempDir()
	write(t, filepath.Join(outside, "secret.ndjson"), "secret")
	write(t, filepath.Join(root, "real.ndjson"), "real")
	for link, target := range map[string]string{
		"out.ndjson":      filepath.Join(outside, "secret.ndjson"),
		"outfolder":       outside,
		"dangling.ndjson": "nothing",
		"in.ndjson":       "real.ndjson",
		"loop":            ".",
	} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	s := open(t, root)
	if got, want := keys(t, s), []string{"in.ndjson", "real.ndjson"}; !slices.Equal(got, want) {
		t.Errorf("List = %q, want %q", got, want)
	}
	for _, key := range []string{"out.ndjson", "outfolder/secret.ndjson"} {
		if content, _, err := s.Get(t.Context(), key); err == nil {
			t.Errorf("Get(%q) = %q", key, content)
		}
	}
	if content, _, err := s.Get(t.Context(), "in.ndjson"); err != nil || string(content) != "real" {
		t.Errorf("a link inside the root reads %q, %v", content, err)
	}
	if _, err := objectstore.PutBytes(t.Context(), s, "outfolder/new.ndjson", []byte("x")); err == nil {
		t.Error("wrote through a link to a folder outside")
	}
	if err := s.Delete(t.Context(), "outfolder/secret.ndjson"); err == nil {
		t.Error("deleted through a link to a folder outside")
	}
	if _, err := objectstore.PutBytes(t.Context(), s, "out.ndjson", []byte("mine")); err != nil {
		t.Errorf("replacing a link: %v", err)
	}
	if content, err := os.ReadFile(filepath.Join(outside, "secret.ndjson")); err != nil || string(content) != "secret" {
		t.Errorf("the file outside is now %q, %v", content, err)
	}
	if got := files(t, outside); len(got) != 1 {
		t.Errorf("the folder outside now holds %q", got)
	}
}

func TestC4_ChangeWhileReadingIsNoticed(t *testing.T) {
	changes := map[string]func(path string) error{
		"appended to":  func(p string) error { return appendTo(p, "more") },
		"truncated":    func(p string) error { return os.Truncate(p, 3) },
		"overwritten":  func(p string) error { return os.WriteFile(p, []byte(strings.Repeat("y", 1000)), 0o666) },
		"only touched": func(p string) error { return os.Chtimes(p, time.Now(), time.Now().Add(time.Second)) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			s := open(t, root)
			obj, err := objectstore.PutBytes(t.Context(), s, "k", []byte(strings.Repeat("x", 1000)))
			if err != nil {
				t.Fatal(err)
			}
			r, err := s.Open(t.Context(), obj)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(r, make([]byte, 10)); err != nil {
				t.Fatal(err)
			}
			if err := change(filepath.Join(root, "k")); err != nil {
				t.Fatal(err)
			}
			if _, err := r.ReadAt(make([]byte, 10), 500); !errors.Is(err, objectstore.ErrChanged) {
				t.Errorf("ReadAt: %v, want ErrChanged", err)
			}
			if _, err := r.Read(make([]byte, 10)); !errors.Is(err, objectstore.ErrChanged) {
				t.Errorf("Read: %v, want ErrChanged", err)
			}
			if err := r.Close(); !errors.Is(err, objectstore.ErrChanged) {
				t.Errorf("Close: %v, want ErrChanged", err)
			}
			if _, err := s.Open(t.Context(), obj); !errors.Is(err, objectstore.ErrChanged) {
				t.Errorf("Open of the old version: %v, want ErrChanged", err)
			}
		})
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

func TestC4_ReplacedOrDeletedWhileReadingStaysWhole(t *testing.T) {
	s := open(t, t.TempDir())
	old := strings.Repeat("old ", 100_000)
	for name, change := range map[string]func() error{
		"replaced": func() error { _, err := objectstore.PutBytes(t.Context(), s, "k", []byte("new")); return err },
		"deleted":  func() error { return s.Delete(t.Context(), "k") },
	} {
		obj, err := objectstore.PutBytes(t.Context(), s, "k", []byte(old))
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.Open(t.Context(), obj)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(); err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(content) != old {
			t.Errorf("%s: read %d bytes, %v", name, len(content), err)
		}
	}
}

func TestLeftOversOfACrashAreRemovedAfterAnHour(t *testing.T) {
	root := t.TempDir()
	temp := filepath.Join(root, ".ndjson-parquet-tmp")
	write(t, filepath.Join(temp, "old"), "x")
	write(t, filepath.Join(temp, "young"), "x")
	hourAgo := time.Now().Add(-61 * time.Minute)
	if err := os.Chtimes(filepath.Join(temp, "old"), hourAgo, hourAgo); err != nil {
		t.Fatal(err)
	}
	s := open(t, root)
	if got, want := files(t, root), []string{".ndjson-parquet-tmp/young"}; !slices.Equal(got, want) {
		t.Errorf("left: %q, want %q", got, want)
	}
	_, _, err := s.Get(t.Context(), ".ndjson-parquet-tmp/young")
	if !errors.Is(err, objectstore.ErrBadKey) {
		t.Errorf("reading a temporary file: %v", err)
	}
}

func TestOpeningAndReadingChangesNothing(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "a.ndjson"), "{}")
	s, err := dirstore.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, _, err := s.Get(t.Context(), "a.ndjson"); err != nil {
		t.Error(err)
	}
	keys(t, s)
	entries, err := os.ReadDir(root)
	if err != nil || len(entries) != 1 {
		t.Errorf("the directory holds %v, %v", entries, err)
	}
	if _, err := dirstore.Open(filepath.Join(root, "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening a missing directory: %v", err)
	}
	if _, err := dirstore.Open(filepath.Join(root, "a.ndjson")); err == nil {
		t.Error("opened a file as a directory")
	}
}

func TestFilesAndFoldersInTheWay(t *testing.T) {
	s := open(t, t.TempDir())
	if _, err := objectstore.PutBytes(t.Context(), s, "folder/file", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"folder", "folder/file/below", strings.Repeat("x", 300),
		"folder/" + strings.Repeat("ü", 200)} {
		_, err := objectstore.PutBytes(t.Context(), s, key, []byte("y"))
		if !errors.Is(err, objectstore.ErrBadKey) {
			t.Errorf("Put(%.20q): %v", key, err)
		}
		_, err = objectstore.PutBytesIfAbsent(t.Context(), s, key, []byte("y"))
		if !errors.Is(err, objectstore.ErrBadKey) {
			t.Errorf("PutIfAbsent(%.20q): %v", key, err)
		}
	}
	if _, err := s.Head(t.Context(), "folder"); !errors.Is(err, objectstore.ErrNotFound) {
		t.Errorf("Head of a folder: %v", err)
	}
	if _, err := s.Open(t.Context(), objectstore.Object{Key: "folder"}); !errors.Is(err, objectstore.ErrNotFound) {
		t.Errorf("Open of a folder: %v", err)
	}
	if err := s.Delete(t.Context(), "folder"); err != nil {
		t.Errorf("Delete of a folder, which is no object: %v", err)
	}
	if got, want := files(t, s.Path()), []string{"folder/file"}; !slices.Equal(got, want) {
		t.Errorf("files: %q, want %q", got, want)
	}
}

// Two versions of the same size that are written within one tick of the file system's clock must
// differ.
func TestETagsOfRapidVersionsDiffer(t *testing.T) {
	s := open(t, t.TempDir())
	seen := map[string]bool{}
	for i := range 200 {
		obj, err := objectstore.PutBytes(t.Context(), s, "k", fmt.Appendf(nil, "%03d", i))
		if err != nil {
			t.Fatal(err)
		}
		if seen[obj.ETag] {
			t.Fatalf("version %d has the ETag %s of an earlier one", i, obj.ETag)
		}
		seen[obj.ETag] = true
	}
}

func TestPutEndsWithItsContext(t *testing.T) {
	root := t.TempDir()
	s := open(t, root)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := objectstore.PutBytes(ctx, s, "k", []byte("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("Put with a cancelled context: %v", err)
	}
	if got := files(t, root); len(got) != 0 {
		t.Errorf("left behind: %q", got)
	}
}

func TestC5_FilesOfOneSecondAreAllListed(t *testing.T) {
	root := t.TempDir()
	s := open(t, root)
	second := time.Date(2025, 1, 17, 12, 0, 0, 0, time.UTC)
	add := func(from, to int) {
		for i := from; i < to; i++ {
			path := filepath.Join(root, fmt.Sprintf("2025-01-17-%03d.ndjson", i*7%500))
			write(t, path, "{}")
			if err := os.Chtimes(path, second, second); err != nil {
				t.Fatal(err)
			}
		}
	}
	seen := map[string]bool{}
	for half := range 2 {
		add(half*250, half*250+250)
		for _, key := range keys(t, s) {
			seen[key] = true
		}
	}
	if len(seen) != 500 {
		t.Errorf("two listings saw %d of 500 files", len(seen))
	}
}

// A file whose name is not UTF-8 is listed, so that it can be quarantined instead of being
// overlooked.
func TestC8_NamesThatAreNotUTF8AreListedAndRead(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "2025-01-17-\xff.ndjson"), []byte("{}"), 0o666); err != nil {
		t.Skipf("this file system takes only UTF-8: %v", err)
	}
	s := open(t, root)
	found := keys(t, s)
	if len(found) != 1 {
		t.Fatalf("List = %q", found)
	}
	if content, _, err := s.Get(t.Context(), found[0]); err != nil || string(content) != "{}" {
		t.Errorf("Get = %q, %v", content, err)
	}
	if key, ok := s.Key(s.URI(found[0])); !ok || key != found[0] {
		t.Errorf("Key(URI(%q)) = %q, %v", found[0], key, ok)
	}
}
