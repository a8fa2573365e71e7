package web

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// A Listening is the address of a server and the conditions under which clients reach it.
type Listening struct {
	net.Listener
	URL      string
	Loopback bool // no other machine can connect
	TLS      bool
}

// ErrUnprotected says that an address beyond the loopback interface needs a token.
var ErrUnprotected = errors.New("an address that other machines can reach needs a token")

// Listen opens an address, host:port. Beyond the loopback interface it insists on a token. With a
// certificate it uses TLS.
func Listen(ctx context.Context, address, token, certificate, key string) (Listening, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return Listening{}, fmt.Errorf("%q is not an address like 127.0.0.1:8080: %w", address, err)
	}
	if host == "" {
		return Listening{}, fmt.Errorf(
			"%q names no host: 127.0.0.1%[1]s is this machine only, 0.0.0.0%[1]s all networks",
			address,
		)
	}
	loopback := host == "localhost"
	if ip := net.ParseIP(host); ip != nil {
		loopback = ip.IsLoopback()
	}
	if !loopback && token == "" {
		return Listening{}, fmt.Errorf("%s: %w", address, ErrUnprotected)
	}
	l := Listening{Loopback: loopback}
	var config *tls.Config
	if certificate != "" {
		pair, err := tls.LoadX509KeyPair(certificate, key)
		if err != nil {
			return l, fmt.Errorf("read the certificate: %w", err)
		}
		config, l.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, true
	}
	if l.Listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address); err != nil {
		return l, err
	}
	scheme := "http"
	if l.TLS {
		l.Listener, scheme = tls.NewListener(l.Listener, config), "https"
	}
	l.URL = scheme + "://" + strings.Replace(l.Addr().String(), "[::]", "[::1]", 1) + "/"
	return l, nil
}

// Serve answers requests until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	stop := context.AfterFunc(ctx, func() {
		s.Close() // or the streams of open pages would hold up the end
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(ending) != nil {
			_ = server.Close()
		}
	})
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
