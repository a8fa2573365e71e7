package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"
)

const (
	loginCookie = "ndjson-parquet-login"
	maxBody     = 1 << 20 // bytes of a request
)

// contentPolicy lets a page load what this server serves, and nothing else. No script or style may
// stand in the page.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard checks every request before a page sees it: the Host header against DNS rebinding, the
// origin of requests that change something, and the token.
func (s *Server) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	protected := origin.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if !s.knownHost(r.Host) {
			writeText(
				w,
				http.StatusMisdirectedRequest,
				"this server is not called "+visible(r.Host)+"; see --allow-host\n",
			)
			return
		}
		if r.URL.Path == "/healthz" || s.Token == "" {
			protected.ServeHTTP(w, r)
			return
		}
		switch {
		case s.authorized(r):
			protected.ServeHTTP(w, r)
		case r.URL.Path == "/login" && r.Method == http.MethodPost:
			origin.Handler(http.HandlerFunc(s.login)).ServeHTTP(w, r)
		case strings.HasPrefix(r.URL.Path, "/static/"):
			protected.ServeHTTP(w, r) // the page that asks for the token needs its style
		case strings.HasPrefix(r.URL.Path, "/api/"),
			r.URL.Path == "/metrics",
			r.URL.Path == "/readyz",
			r.Method != http.MethodGet:
			h.Set("WWW-Authenticate", "Bearer")
			writeText(w, http.StatusUnauthorized, "a token is needed\n")
		default:
			s.renderLogin(w, r, http.StatusUnauthorized, "")
		}
	})
}

// knownHost reports whether a Host header names this server.
func (s *Server) knownHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() || name == "localhost" {
		return true
	}
	return slices.Contains(s.Hosts, name)
}

// authorized reports whether a request carries the token.
func (s *Server) authorized(r *http.Request) bool {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return same(bearer, s.Token)
	}
	c, err := r.Cookie(loginCookie)
	return err == nil && same(c.Value, cookieValue(s.Token))
}

// same compares in constant time.
func same(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// cookieValue is what a browser keeps in place of the token, which it need not know after the
// login.
func cookieValue(token string) string {
	sum := sha256.Sum256([]byte("ndjson-parquet dashboard\x00" + token))
	const hex = "0123456789abcdef"
	var b strings.Builder
	for _, c := range sum {
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if !same(r.FormValue("token"), s.Token) {
		s.Log.Warn("a login with a wrong token", "from", r.RemoteAddr)
		s.renderLogin(w, r, http.StatusUnauthorized, "This is not the token.")
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where there is TLS; loopback has none
		Name: loginCookie, Value: cookieValue(s.Token), Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: r.TLS != nil,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
