// Package testenv starts the real servers that tests use, on free loopback ports, and finds the
// tools that scripts/setup has installed in .cache. `go test -short` skips tests that need them.
package testenv

import (
	"bytes"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// readyTimeout is how long a server may take to start. A machine under load starts a Python or Java
// server slowly.
const readyTimeout = 90 * time.Second

// Root is the root directory of the module that contains the test.
func Root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		content, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil && bytes.HasPrefix(content, []byte("module ndjson-parquet\n")) {
			return folder
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			t.Fatal("the test does not run inside the module ndjson-parquet")
		}
		folder = parent
	}
}

// Cached returns the path of something that scripts/setup installs, given by its elements below
// .cache. The test fails if it does not exist, and is skipped in short mode.
func Cached(t testing.TB, elements ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs tools that -short leaves out")
	}
	path := filepath.Join(append([]string{Root(t), ".cache"}, elements...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v\nIt is installed by: ./test setup", err)
	}
	return path
}

// Tool returns the path of a Go tool pinned in tools/.
func Tool(t testing.TB, name string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return Cached(t, "bin", name)
}

// Python returns the path of the interpreter that has the packages pinned in
// tools/requirements.lock.
func Python(t testing.TB) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		return Cached(t, "venv", "Scripts", "python.exe")
	}
	return Cached(t, "venv", "bin", "python")
}

// FreePort returns a TCP port of the loopback interface that is free at this moment.
func FreePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// runServer runs a server until the test ends. It returns when the server accepts connections at
// address. If the test fails, the last output of the server goes into the test's log.
func runServer(t testing.TB, address, name string, args ...string) {
	t.Helper()
	p := startServer(t, address, name, args...)
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("the last output of %s:\n%s", name, &p.output)
		}
	})
}

// A process is a running server.
type process struct {
	cmd    *exec.Cmd
	output tail
	ended  chan struct{}
}

// startServer starts a server that outlives the test, and returns when the server accepts
// connections at address.
func startServer(t testing.TB, address, name string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(name, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	dieWithParent(p.cmd)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.ended)
	}()
	ready := Listening(address)
	ctx, cancel := context.WithTimeout(t.Context(), readyTimeout)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return p
		}
		select {
		case <-p.ended:
			t.Fatalf("%s ended before it was ready: %v\n%s", name, p.cmd.ProcessState, &p.output)
		case <-ctx.Done():
			p.stop()
			t.Fatalf("%s is not ready after %v: %v\n%s", name, readyTimeout, err, &p.output)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// stop ends the server and waits for it.
func (p *process) stop() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Listening returns a function that reports whether something accepts connections at address.
func Listening(address string) func(context.Context) error {
	return func(ctx context.Context) error {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return conn.Close()
	}
}

// tail keeps the last output written to it.
type tail struct {
	mu   sync.Mutex
	data []byte
}

const tailSize = 16 << 10

func (o *tail) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.data = append(o.data, p...)
	if extra := len(o.data) - tailSize; extra > 0 {
		o.data = append(o.data[:0], o.data[extra:]...)
	}
	return len(p), nil
}

func (o *tail) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.data)
}
