package main

import (
	"runtime"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/cli"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cli.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			version, revision := buildinfo.Version(), buildinfo.Revision()
			platform := runtime.GOOS + "/" + runtime.GOARCH
			if a.asJSON {
				return a.JSON(map[string]string{"version": version, "revision": revision, "go": runtime.Version(),
					"platform": platform})
			}
			a.Say("ndjson-parquet %s (build %s, %s, %s)\n", version, revision, runtime.Version(), platform)
			return nil
		},
	}
}
