package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
)

// settings are the flags about places and about the core.
type settings struct {
	places     home.Places
	core       map[string]*string // value of a core setting's flag, by the name of its variable
	executions int
	settle     time.Duration
	listEvery  time.Duration
	poll       bool
}

// coreFlags are the core's settings. Each is an environment variable too; the flag wins.
var coreFlags = []struct{ flag, variable, usage string }{
	{"max-files-per-manifest", "MAX_FILES_PER_MANIFEST", "files of a full batch (default 10)"},
	{"min-files-for-partial-batch", "MIN_FILES_FOR_PARTIAL_BATCH", "least files of a batch of an earlier date (default 1)"},
	{"expected-file-size-mb", "EXPECTED_FILE_SIZE_MB", "expected size of a file in MB; 0: any (default 0)"},
	{"size-tolerance-percent", "SIZE_TOLERANCE_PERCENT", "deviation allowed from the expected size (default 10)"},
	{"max-file-size-mb", "MAX_FILE_SIZE_MB", "largest file accepted where no size is expected (default 102400)"},
	{"lock-ttl-seconds", "LOCK_TTL_SECONDS", "life of the lock on a date (default 300)"},
	{"max-batch-age-seconds", "MAX_BATCH_AGE_SECONDS", "longest wait of today's files for a full batch; 0: until the day is over (default 0)"},
	{"flush-grace-seconds", "FLUSH_GRACE_SECONDS", "after midnight UTC, before the date that ended is flushed (default 300)"},
	{"overwrite-policy", "OVERWRITE_POLICY", "for a new version of a file already taken: quarantine, append or ignore (default quarantine)"},
	{"max-attempts", "MAX_ATTEMPTS", "executions of a batch before it fails for good (default 5)"},
	{"stale-after-seconds", "STALE_AFTER_SECONDS", "after which a batch that does not move is looked at (default 60)"},
	{"max-record-bytes", "MAX_RECORD_BYTES", "longest line accepted (default 16777216)"},
	{"max-depth", "MAX_DEPTH", "deepest nesting accepted (default 128)"},
	{"max-columns", "MAX_COLUMNS", "most columns; what is beyond is rescued (default 2000)"},
	{"max-rejected-percent", "MAX_REJECTED_PERCENT", "share of bad lines above which a file is quarantined whole (default 100: never)"},
	{"compression", "COMPRESSION_TYPE", "snappy, zstd, gzip or none (default snappy)"},
}

// addPlaces adds the flags about places.
func (s *settings) addPlaces(f *pflag.FlagSet) {
	f.StringVar(&s.places.Root, "root", "data", "directory that holds everything; aws or aws:ENV is a deployed pipeline (default ENV dev; a directory of that name is ./aws)")
	f.StringVar(&s.places.Input, "input", "", "where files arrive: a directory or s3:// URL (default ROOT/input)")
	f.StringVar(&s.places.Output, "output", "", "where Parquet goes (default ROOT/output)")
	f.StringVar(&s.places.Manifests, "manifests", "", "where manifests and the schema log go (default ROOT/manifests)")
	f.StringVar(&s.places.Quarantine, "quarantine", "", "where invalid files and rejected records go (default ROOT/quarantine)")
	f.StringVar(&s.places.Ledger, "ledger", "", "the ledger's file (default ROOT/tracking.db)")
}

// addCore gives a command the flags about the core and the runner.
func (s *settings) addCore(cmd *cobra.Command) {
	f := cmd.Flags()
	s.addPlaces(f)
	if s.core == nil {
		s.core = map[string]*string{}
	}
	for _, c := range coreFlags {
		if s.core[c.variable] == nil {
			s.core[c.variable] = new(string)
		}
		f.StringVar(s.core[c.variable], c.flag, "", c.usage+" ["+c.variable+"]")
	}
	f.IntVar(&s.executions, "executions", 0, "batches converted at the same time (default: by the number of CPUs)")
	f.DurationVar(&s.settle, "settle", localhome.DefaultSettle, "how long a file must be unchanged before it is taken")
	f.SortFlags = false
}

// root finds what the root records, with the flags and variables laid over it, and the configuration that goes with it.
func (a *app) root(ctx context.Context) (localhome.Root, pipeline.Config, error) {
	config, err := a.config()
	if err != nil {
		return localhome.Root{}, config, err
	}
	root, err := localhome.Find(ctx, localhome.Root{Places: a.givenPlaces(), Compression: a.givenCompression()})
	var changed *localhome.ChangedError
	if errors.As(err, &changed) {
		move := pipeline.Command{Args: []string{"ndjson-parquet", "move", "--root", a.settings.places.Root, "--" + changed.What, changed.Given}}
		return root, config, &usageError{err.Error(), "without --" + changed.What + "; or, to move it, copy its files there and then " + move.String()}
	}
	if err != nil {
		return root, config, &usageError{message: err.Error()}
	}
	if root.Compression != "" {
		config.Compression = root.Compression
	}
	return root, config, nil
}

// givenPlaces are the places that flags and variables name.
func (a *app) givenPlaces() home.Places {
	p := a.settings.places
	for _, v := range []struct {
		at               *string
		variable, folder string
	}{
		{&p.Manifests, "MANIFEST_BUCKET", "/manifests"},
		{&p.Quarantine, "QUARANTINE_BUCKET", ""},
		{&p.Input, "INPUT_BUCKET", "/pipeline/input"},
		{&p.Output, "OUTPUT_BUCKET", ""},
	} {
		if *v.at == "" {
			*v.at = bucketPlace(a.getenv(v.variable), v.folder)
		}
	}
	if table := a.getenv("TRACKING_TABLE"); p.Ledger == "" && table != "" {
		p.Ledger = table
		if !strings.ContainsAny(table, `/\.`) {
			p.Ledger = p.Root + "/" + table + ".db"
		}
	}
	return p
}

// givenCompression is the compression that a flag or variable names, if any.
func (a *app) givenCompression() string {
	given := a.getenv("COMPRESSION_TYPE")
	if v := a.settings.core["COMPRESSION_TYPE"]; v != nil && *v != "" {
		given = *v
	}
	return strings.ToLower(given)
}

// bucketPlace is the place that one of the …_BUCKET variables names: a path, an s3:// URL, or a bucket's name, of which
// the pipeline then uses the folder it uses on AWS.
func bucketPlace(value, folder string) string {
	if value == "" || strings.ContainsAny(value, `/\`) {
		return value
	}
	return "s3://" + value + folder
}

// config makes the core's configuration out of flags and variables.
func (a *app) config() (pipeline.Config, error) {
	c, err := pipeline.ConfigFromEnv(pipeline.DefaultConfig(), func(name string) string {
		if v := a.settings.core[name]; v != nil && *v != "" {
			return *v
		}
		return a.getenv(name)
	})
	if err != nil {
		return c, &usageError{err.Error(), "a value the message asks for, in the flag or the environment variable of this name"}
	}
	return c, nil
}

// openLocal opens the home that the flags describe.
func (a *app) openLocal(ctx context.Context, level slog.Level, inputOptional bool) (*localhome.Home, error) {
	log, err := a.logger(level)
	if err != nil {
		return nil, err
	}
	root, config, err := a.root(ctx)
	if err != nil {
		return nil, err
	}
	h, err := localhome.Open(ctx, localhome.Options{
		Places: root.Places, Config: config, InputOptional: inputOptional, Executions: a.settings.executions,
		Settle: a.settings.settle, ListEvery: a.settings.listEvery, Poll: a.settings.poll, Log: log,
	})
	if errors.Is(err, localhome.ErrPlaces) {
		return nil, &usageError{err.Error(), "--root, --input, --output, --manifests or --quarantine with a place of its own"}
	}
	return h, err
}
