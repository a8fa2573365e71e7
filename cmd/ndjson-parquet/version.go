package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/buildinfo"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			version, revision := buildinfo.Version(), buildinfo.Revision()
			platform := runtime.GOOS + "/" + runtime.GOARCH
			if a.asJSON {
				return a.printJSON(map[string]string{"version": version, "revision": revision, "go": runtime.Version(), "platform": platform})
			}
			a.say("ndjson-parquet %s (build %s, %s, %s)\n", version, revision, runtime.Version(), platform)
			return nil
		},
	}
}
