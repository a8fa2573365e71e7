package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"ndjson-parquet/internal/cli"
)

// serving starts the program and returns the address of its dashboard.
func (s *site) serving(args ...string) string {
	s.t.Helper()
	cmd := s.command(args...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	var said strings.Builder
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if m := regexp.MustCompile(`^Dashboard: (\S+)$`).FindStringSubmatch(lines.Text()); m != nil {
			go func() { _, _ = io.Copy(io.Discard, stderr) }()
			return m[1]
		}
	}
	s.t.Fatalf("%v printed no address: %s", args, said.String())
	return ""
}

// request returns the status and the body of an answer.
func (s *site) request(method, url, body string, header ...string) (int, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}

func TestServeHasADashboard(t *testing.T) {
	s := newSite(t)
	address := s.serving("serve", s.input)
	if !strings.HasPrefix(address, "http://127.0.0.1:") {
		t.Errorf("the address is %s, want one of the loopback interface", address)
	}
	if code, body := s.request("GET", address, ""); code != http.StatusOK || !strings.Contains(body, "No files yet") {
		t.Errorf("%d %s", code, body)
	}
}

// A dashboard beside other processes performs actions by opening the root for a moment.
func TestDashboardOfARoot(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", "{\"id\":1}\n")
	s.run(cli.ExitDone, "--no-flush")
	address := s.serving("dashboard")
	code, body := s.request("POST", address+"api/v1/actions", `{"action":"flush","date":"2025-01-17"}`)
	if code != http.StatusOK || !strings.Contains(body, "1 batch started") {
		t.Fatalf("%d %s", code, body)
	}
	s.want(cli.ExitDone, "run", s.input) // waits for what the action started, or does it
	s.wantStatus("2025-01-17-a.ndjson", "completed", "")

	readOnly := s.serving("dashboard", "--read-only")
	if _, body := s.request("POST", readOnly+"api/v1/actions", `{"action":"redrive"}`); !strings.Contains(body,
		`"ok":false`) {
		t.Errorf("a read-only dashboard performed an action: %s", body)
	}
}

func TestDashboardBeyondLoopbackNeedsAToken(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", "{\"id\":1}\n")
	s.run(cli.ExitDone)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"dashboard", "--listen", "0.0.0.0:0"},
		{"dashboard", "--listen", "none"},
		{"dashboard", "--tls-cert", token},
		{"serve", s.input, "--listen", "0.0.0.0:0"},
	} {
		s.want(cli.ExitUsage, args...)
	}
	s.env = []string{"DASHBOARD_TOKEN=short"}
	s.want(cli.ExitUsage, "dashboard")
	s.env = nil
	address := s.serving("dashboard", "--token-file", token)
	if code, _ := s.request("GET", address+"api/v1/status", ""); code != http.StatusUnauthorized {
		t.Errorf("without the token: %d", code)
	}
	code, body := s.request("GET", address+"api/v1/status", "", "Authorization", "Bearer 0123456789abcdef")
	if code != http.StatusOK || !strings.Contains(body, `"completed":1`) {
		t.Errorf("with the token: %d %s", code, body)
	}
}
