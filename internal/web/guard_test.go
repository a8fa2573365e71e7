package web

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var paths = []string{
	"/",
	"/dates",
	"/data",
	"/attention",
	"/confirm?action=redrive",
	"/metrics",
	"/api/v1/status",
	"/nowhere",
}

func TestOnlyKnownHostsAreAnswered(t *testing.T) {
	s := newSite(t, func(o *Options) { o.Hosts = []string{"data.example.com"} })
	for host, want := range map[string]int{
		"127.0.0.1": 200, "localhost:99": 200, "[::1]:80": 200, "LOCALHOST": 200, "data.example.com:8443": 200,
		"Data.Example.Com.": 200,
		"evil.example.com":  421, "127.0.0.1.evil.example.com": 421, "10.0.0.1": 421, "": 421,
	} {
		answer, _ := s.get("/", func(r *http.Request) { r.Host = host })
		if host == "" {
			continue // the client fills in the address
		}
		if answer.status != want {
			t.Errorf("Host %q: %d, want %d", host, answer.status, want)
		}
	}
}

func TestEveryAnswerHasItsHeaders(t *testing.T) {
	s := newSite(t, nil)
	for _, path := range append(paths, "/static/app.js", "/healthz") {
		answer, body := s.get(path, nil)
		h := answer.header
		if p := h.Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") ||
			strings.Contains(p, "unsafe") {
			t.Errorf("%s: policy %q", path, p)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Content-Type") == "" {
			t.Errorf("%s: headers %v", path, h)
		}
		for _, not := range []string{"https://", "style=", "<style", "onclick"} {
			if strings.Contains(body, not) {
				t.Errorf("%s contains %q: an inline style or script, or an address elsewhere", path, not)
			}
		}
	}
}

func TestRequestsOfOtherSitesChangeNothing(t *testing.T) {
	s := newSite(t, nil)
	form := url.Values{"action": {"release"}, "date": {"2025-01-17"}, "key": {quarantinedKey}}.Encode()
	for name, change := range map[string]func(*http.Request){
		"another origin":  func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") },
		"another site":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sibling":       func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another machine": func(r *http.Request) { r.Host = "evil.example.com" },
	} {
		for _, path := range []string{"/actions", "/api/v1/actions"} {
			answer, _ := s.do("POST", path, form, func(r *http.Request) {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				change(r)
			})
			if answer.status != http.StatusForbidden && answer.status != http.StatusMisdirectedRequest {
				t.Errorf("%s, %s: %d", name, path, answer.status)
			}
		}
	}
	f, err := s.home.Ledger.File(t.Context(), "2025-01-17", quarantinedKey)
	if err != nil || f.Status != "quarantined" {
		t.Errorf("the file is %s (%v), want it quarantined", f.Status, err)
	}
	if answer, _ := s.get("/actions", nil); answer.status != http.StatusNotFound &&
		answer.status != http.StatusMethodNotAllowed {
		t.Errorf("GET /actions: %d", answer.status)
	}
}

func TestToken(t *testing.T) {
	const token = "0123456789abcdef"
	s := newSite(t, func(o *Options) { o.Token = token })
	for _, path := range paths {
		answer, body := s.get(path, nil)
		if answer.status != http.StatusUnauthorized || strings.Contains(body, "2025-01-17") ||
			strings.Contains(body, s.places.Root) {
			t.Errorf("%s without a token: %d %s", path, answer.status, body)
		}
	}
	if answer, _ := s.get("/healthz", nil); answer.status != http.StatusOK {
		t.Errorf("/healthz: %d", answer.status)
	}
	bearer := func(value string) int {
		answer, _ := s.get("/api/v1/status", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+value) })
		return answer.status
	}
	if right, wrong, empty := bearer(token), bearer(token+"x"), bearer(""); right != 200 || wrong != 401 ||
		empty != 401 {
		t.Errorf("bearer token: %d, wrong %d, empty %d", right, wrong, empty)
	}
	login := func(value string) answer {
		answer, _ := s.do(
			"POST",
			"/login",
			"token="+value,
			func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") },
		)
		return answer
	}
	if answer := login("wrong"); answer.status != http.StatusUnauthorized || len(answer.cookies) > 0 {
		t.Errorf("a wrong login: %d, cookies %v", answer.status, answer.cookies)
	}
	answer := login(token)
	if answer.status != http.StatusSeeOther || len(answer.cookies) != 1 {
		t.Fatalf("a login: %d, cookies %v", answer.status, answer.cookies)
	}
	cookie := answer.cookies[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || strings.Contains(cookie.Value, token) {
		t.Errorf("the cookie is %v", cookie)
	}
	if answer, _ := s.get("/", func(r *http.Request) { r.AddCookie(cookie) }); answer.status != http.StatusOK {
		t.Errorf("with the cookie: %d", answer.status)
	}
}

func TestListenBeyondLoopbackNeedsAToken(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", "[::]:0", "10.1.2.3:0", "example.com:0"} {
		if _, err := Listen(t.Context(), address, "", "", ""); !errors.Is(err, ErrUnprotected) {
			t.Errorf("%s: %v, want ErrUnprotected", address, err)
		}
	}
	for _, address := range []string{":0", "nonsense", ""} {
		if l, err := Listen(t.Context(), address, "token", "", ""); err == nil {
			t.Errorf("%q is not refused", address)
			_ = l.Close()
		}
	}
	l, err := Listen(t.Context(), "127.0.0.1:0", "", "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if !l.Loopback || l.TLS || !strings.HasPrefix(l.URL, "http://127.0.0.1:") {
		t.Errorf("%+v", l)
	}
	open, err := Listen(t.Context(), "0.0.0.0:0", "token", "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = open.Close() }()
	if open.Loopback {
		t.Error("0.0.0.0 counts as loopback")
	}
}

func TestTLS(t *testing.T) {
	s := newSite(t, nil)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	certificateFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	write := func(name, kind string, content []byte) {
		if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(certificateFile, "CERTIFICATE", der)
	write(keyFile, "PRIVATE KEY", keyDER)
	l, err := Listen(t.Context(), "127.0.0.1:0", "", certificateFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.server.Serve(t.Context(), l) }()
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	client := &http.Client{Transport: tlsTransport(pool)}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.URL+"healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || !strings.HasPrefix(l.URL, "https://") {
		t.Errorf("%s: %d", l.URL, response.StatusCode)
	}
}

func tlsTransport(pool *x509.CertPool) *http.Transport {
	return &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12},
	}
}
