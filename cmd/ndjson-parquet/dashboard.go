package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/web"
)

// tokenVariable is the environment variable with the dashboard's token.
const tokenVariable = "DASHBOARD_TOKEN"

// How often open pages look at the ledger. On AWS looking costs requests.
const (
	lookAtHome = time.Second
	lookOnAWS  = 30 * time.Second
)

// listenSettings are the flags about the dashboard's address.
type listenSettings struct {
	address, tokenFile string
	certificate, key   string
	hosts              []string
	readOnly           bool
}

func (s *listenSettings) add(f *pflag.FlagSet) {
	f.StringVar(
		&s.address,
		"listen",
		"127.0.0.1:0",
		"address of the dashboard; port 0 is a free one; none: no dashboard",
	)
	f.StringVar(
		&s.tokenFile,
		"token-file",
		"",
		"file with the token that clients need ["+tokenVariable+"]; required beyond this machine",
	)
	f.StringVar(&s.certificate, "tls-cert", "", "file with the TLS certificate")
	f.StringVar(&s.key, "tls-key", "", "file with the certificate's key")
	f.StringSliceVar(&s.hosts, "allow-host", nil, "names by which clients may call the dashboard, beside localhost")
	f.BoolVar(&s.readOnly, "read-only", false, "a dashboard without buttons")
}

func (a *app) dashboardCommand() *cobra.Command {
	var l listenSettings
	cmd := &cobra.Command{
		Use:   "dashboard",
		Short: "Show the pipeline in a browser",
		Long: `Show the pipeline in a browser, whatever runs it and wherever it runs.

The dashboard shows each file, batch and date, and what needs attention; its buttons do what the commands flush,
retry,
release and redrive do. The HTTP API is below /api/v1 (/api/openapi.yaml describes it), metrics for Prometheus are at
/metrics, and /healthz and /readyz answer probes. serve has the same dashboard built in.

It can be reached from this machine only, unless --listen says otherwise. Other machines need a token,
and should use TLS.`,
		Example: `  ndjson-parquet dashboard
  ndjson-parquet dashboard --root aws:prod --listen 127.0.0.1:8080
  ndjson-parquet dashboard --listen 0.0.0.0:8443 --allow-host data.example.com --token-file token \
    --tls-cert cert.pem --tls-key key.pem`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if l.address == "none" {
				return cli.Usage("a dashboard needs an address", "--listen 127.0.0.1:8080")
			}
			return a.dashboard(cmd.Context(), l)
		},
	}
	a.flags.AddPlaces(cmd.Flags())
	l.add(cmd.Flags())
	return cmd
}

func (a *app) dashboard(ctx context.Context, l listenSettings) (err error) {
	log, err := a.logger(slog.LevelInfo)
	if err != nil {
		return err
	}
	options := web.Options{Log: log, Every: lookAtHome}
	if _, ok := awshome.Environment(a.flags.Root); ok {
		h, err := a.openHome(ctx)
		if err != nil {
			return err
		}
		options.View, options.Changer, options.Every = h.View, h, lookOnAWS
	} else {
		if options.View, err = a.openView(ctx); err != nil {
			return err
		}
		options.Changer = &briefHome{app: a}
	}
	defer func() { err = errors.Join(err, options.View.Close(context.WithoutCancel(ctx))) }()
	serve, err := a.listen(ctx, l, options)
	if err != nil {
		return err
	}
	return serve(ctx)
}

// listen opens the dashboard's address, prints it, and returns what serves it.
func (a *app) listen(ctx context.Context, l listenSettings, o web.Options) (func(context.Context) error, error) {
	token, err := a.token(l)
	if err != nil {
		return nil, err
	}
	if (l.certificate == "") != (l.key == "") {
		return nil, cli.Usage("a certificate and its key belong together", "--tls-cert FILE --tls-key FILE")
	}
	listener, err := web.Listen(ctx, l.address, token, l.certificate, l.key)
	if errors.Is(err, web.ErrUnprotected) {
		return nil, cli.Usage(err.Error(), "--token-file FILE, with at least 16 characters in it")
	}
	if err != nil {
		return nil, err
	}
	if !listener.Loopback && !listener.TLS {
		a.Note(
			"Warning: %s is not encrypted: the token and the data can be read on the network. "+
				"Use --tls-cert and --tls-key, or a proxy with TLS.\n",
			listener.URL,
		)
	}
	if l.readOnly {
		o.Changer = nil
	}
	o.Token = token
	for _, h := range l.hosts {
		o.Hosts = append(o.Hosts, strings.ToLower(h))
	}
	if host, _, _ := strings.Cut(l.address, ":"); !listener.Loopback && host != "0.0.0.0" {
		o.Hosts = append(o.Hosts, strings.ToLower(host))
	}
	server, err := web.New(o)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	a.Note("Dashboard: %s\n", listener.URL)
	return func(ctx context.Context) error { return server.Serve(ctx, listener) }, nil
}

// token reads the dashboard's token; empty if none is configured.
func (a *app) token(l listenSettings) (string, error) {
	token := a.Getenv(tokenVariable)
	if l.tokenFile != "" {
		content, err := os.ReadFile(l.tokenFile)
		if err != nil {
			return "", fmt.Errorf("read the token: %w", err)
		}
		token = strings.TrimSpace(string(content))
		if token == "" {
			return "", cli.Usage(l.tokenFile+" is empty", "a file with at least 16 characters")
		}
	}
	const shortest = 16
	if token != "" && len(token) < shortest {
		return "", cli.Usage(
			fmt.Sprintf("the dashboard's token has %d characters: too few to be secret", len(token)),
			"openssl rand -hex 16 > FILE",
		)
	}
	return token, nil
}

// A briefHome is a Changer for a root in which another process may work: it opens the home for each
// action, and closes it when the executions that the action started have ended.
type briefHome struct{ app *app }

func (b *briefHome) with(ctx context.Context, do func(*home.Home) error) error {
	h, err := b.app.openHome(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the pipeline cannot be opened for changes: %w", err)
	}
	if err != nil {
		return err
	}
	err = do(h)
	go func() {
		if x, ok := h.Executor(); ok {
			_, _ = x.Wait(ctx) // what becomes of the batches is in the ledger
		}
		_ = h.Close(ctx)
	}()
	return err
}

// Flush implements web.Changer.
func (b *briefHome) Flush(ctx context.Context, date string) (ids []pipeline.BatchID, err error) {
	err = b.with(ctx, func(h *home.Home) (err error) {
		ids, err = h.Flush(ctx, date)
		return err
	})
	return ids, err
}

// Retry implements web.Changer.
func (b *briefHome) Retry(ctx context.Context, id pipeline.BatchID) error {
	return b.with(ctx, func(h *home.Home) error { return h.Retry(ctx, id) })
}

// Release implements web.Changer.
func (b *briefHome) Release(ctx context.Context, date, key string) (f pipeline.File, err error) {
	err = b.with(ctx, func(h *home.Home) (err error) {
		f, err = h.Release(ctx, date, key)
		return err
	})
	return f, err
}

// Redrive implements web.Changer.
func (b *briefHome) Redrive(ctx context.Context) (r home.Redriven, err error) {
	err = b.with(ctx, func(h *home.Home) (err error) {
		r, err = h.Redrive(ctx)
		return err
	})
	return r, err
}
