//go:build unix

package dirstore_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/dirstore"
)

// The tests in this file run themselves again in a process with other limits or another user, which
// a test cannot change for its own process. childRoot is the environment variable with the
// directory of such a process.
const childRoot = "NDJSON_PARQUET_TEST_CHILD_ROOT"

// runChild runs the calling test again with childRoot set and the attributes attr.
func runChild(t *testing.T, root string, attr *syscall.SysProcAttr) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if attr != nil { // another user cannot run a binary in root's temporary directories
		self = copyForAll(t, self)
	}
	cmd := exec.Command(self, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), childRoot+"="+root)
	cmd.Dir = "/"
	cmd.SysProcAttr = attr
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Fatalf("%v\n%s", err, output)
	}
}

// tempForAll returns a temporary directory that every user can reach, which the parents of
// t.TempDir may prevent.
func tempForAll(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("/tmp", "ndjson-parquet-test-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	return folder
}

func copyForAll(t *testing.T, binary string) string {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(tempForAll(t), "test")
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// A limit on the size of files stands for a full disk: in both cases the kernel refuses a write in
// the middle of a file.
func TestC22_FullDiskFailsClearlyAndLeavesNothing(t *testing.T) {
	root := os.Getenv(childRoot)
	if root == "" {
		root = t.TempDir()
		write(t, filepath.Join(root, "k"), "old")
		runChild(t, root, nil)
		if got, want := files(t, root), []string{"k", "small"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
		if content, err := os.ReadFile(filepath.Join(root, "k")); err != nil || string(content) != "old" {
			t.Errorf("the object that was to be replaced: %q, %v", content, err)
		}
		s := open(t, root) // the limit is lifted
		if _, err := objectstore.PutBytes(t.Context(), s, "k", make([]byte, 1<<20)); err != nil {
			t.Errorf("once there is room again: %v", err)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ) // so that the write fails instead
	const limit = 64 << 10
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: limit, Max: limit}); err != nil {
		t.Fatal(err)
	}
	s := open(t, root)
	for name, put := range map[string]func() error{
		"Put": func() error { _, err := objectstore.PutBytes(t.Context(), s, "k", make([]byte, 1<<20)); return err },
		"PutIfAbsent": func() error {
			_, err := objectstore.PutBytesIfAbsent(t.Context(), s, "new", make([]byte, 1<<20))
			return err
		},
	} {
		err := put()
		if !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), s.Path()) {
			t.Errorf("%s: %v; want an error that says what is wrong, and where", name, err)
		}
	}
	if _, err := objectstore.PutBytes(t.Context(), s, "small", []byte("fits")); err != nil {
		t.Errorf("what still fits: %v", err)
	}
}

func TestC22_DeniedPutFailsClearlyAndLeavesNothing(t *testing.T) {
	root := os.Getenv(childRoot)
	if root == "" {
		root = filepath.Join(tempForAll(t), "root")
		write(t, filepath.Join(root, "k"), "old")
		if err := os.Chmod(root, 0o555); err != nil {
			t.Fatal(err)
		}
		var attr *syscall.SysProcAttr
		if os.Getuid() == 0 { // root may write everywhere, so another user has to try
			attr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		runChild(t, root, attr)
		if got, want := files(t, root), []string{"k"}; !slices.Equal(got, want) {
			t.Errorf("files: %q, want %q", got, want)
		}
		return
	}
	s, err := dirstore.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, err error) {
		if !errors.Is(err, os.ErrPermission) || !strings.Contains(fmt.Sprint(err), "give this user access") {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = objectstore.PutBytes(t.Context(), s, "k", []byte("x"))
	check("Put", err)
	_, err = objectstore.PutBytesIfAbsent(t.Context(), s, "new", []byte("x"))
	check("PutIfAbsent", err)
	check("Delete", s.Delete(t.Context(), "k"))
	if content, _, err := s.Get(t.Context(), "k"); err != nil || string(content) != "old" {
		t.Errorf("Get = %q, %v", content, err)
	}
}
