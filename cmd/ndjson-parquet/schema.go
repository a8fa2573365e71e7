package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) schemaCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Show the dataset's schema, how it grew, and change it",
		Example: `  ndjson-parquet schema show
  ndjson-parquet schema show 1
  ndjson-parquet schema diff 1 3
  ndjson-parquet schema set created_at timestamp`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	show := &cobra.Command{
		Use:   "show [VERSION]",
		Short: "Show a version of the schema (default: the newest)",
		Args:  cli.OptionalArg("VERSION"),
		RunE:  func(cmd *cobra.Command, args []string) error { return a.showSchema(cmd.Context(), args) },
	}
	diff := &cobra.Command{
		Use:   "diff [OLD [NEW]]",
		Short: "Show what a version added (default: the newest, over the one before)",
		Args: func(cmd *cobra.Command, args []string) error {
			return cli.CountArgs(cmd, args, 0, 2, "OLD and one NEW")
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.diffSchema(cmd.Context(), args) },
	}
	a.flags.AddPlaces(cmd.PersistentFlags())
	cmd.AddCommand(show, diff, a.schemaSetCommand())
	return cmd
}

// withSchemaLog calls do with the schema log and its newest version.
func (a *app) withSchemaLog(ctx context.Context, do func(log pipeline.SchemaLog, newest int) error) (err error) {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close(ctx)) }()
	schemas := v.SchemaLog()
	newest, err := schemas.Newest(ctx)
	if err == nil && newest == 0 {
		err = errors.New("there is no schema yet: the first batch makes it")
	}
	if err != nil {
		return err
	}
	return do(schemas, newest)
}

func (a *app) showSchema(ctx context.Context, args []string) error {
	return a.withSchemaLog(ctx, func(log pipeline.SchemaLog, newest int) error {
		version, err := versionArgument(args, 0, newest, newest)
		if err != nil {
			return err
		}
		v, err := log.Read(ctx, version)
		if err != nil {
			return err
		}
		if a.asJSON {
			return a.JSON(v)
		}
		a.Say("Version %d of %d, by batch %s at %s\n\n", v.Version, newest, v.Batch, cli.Time(v.CreatedAt))
		t := a.NewTable("COLUMN", "TYPE")
		for _, c := range v.Columns.Columns {
			t.Row(cli.Text(c.Name), cli.Text(c.Type.DDL()))
		}
		t.Print()
		return nil
	})
}

// A schemaChange is a column that a version added, or to whose type it added fields.
type schemaChange struct {
	Column string `json:"column"`
	Old    string `json:"old,omitempty"`
	New    string `json:"new"`
}

func (a *app) diffSchema(ctx context.Context, args []string) error {
	return a.withSchemaLog(ctx, func(log pipeline.SchemaLog, newest int) error {
		oldVersion, err := versionArgument(args, 0, newest-1, newest)
		if err != nil {
			return err
		}
		newVersion, err := versionArgument(args, 1, newest, newest)
		if err != nil {
			return err
		}
		before, err := log.Read(ctx, oldVersion)
		if err != nil {
			return err
		}
		after, err := log.Read(ctx, newVersion)
		if err != nil {
			return err
		}
		changes := schemaChanges(before.Columns, after.Columns)
		if a.asJSON {
			return a.JSON(map[string]any{"old": oldVersion, "new": newVersion, "changes": changes})
		}
		if len(changes) == 0 {
			a.Say("Version %d has nothing that version %d has not.\n", newVersion, oldVersion)
		}
		for _, c := range changes {
			if c.Old == "" {
				a.Say("+ %s %s\n", c.Column, c.New)
			} else {
				a.Say("~ %s %s\n    was %s\n", c.Column, c.New, c.Old)
			}
		}
		return nil
	})
}

func schemaChanges(before, after *schema.Schema) []schemaChange {
	changes := []schemaChange{}
	for _, c := range after.Columns {
		old := before.Column(c.Name)
		switch {
		case old == nil:
			changes = append(changes, schemaChange{Column: c.Name, New: c.Type.DDL()})
		case !old.Equal(&c.Type):
			changes = append(changes, schemaChange{Column: c.Name, Old: old.DDL(), New: c.Type.DDL()})
		}
	}
	return changes
}

// versionArgument is the i-th argument as a version of the schema, or otherwise.
func versionArgument(args []string, i, otherwise, newest int) (int, error) {
	if i >= len(args) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(args[i])
	if err != nil || n < 0 || n > newest {
		return 0, cli.Usage(fmt.Sprintf("%q is not a version of the schema", args[i]),
			fmt.Sprintf("a number from 0 (the empty schema) to %d", newest))
	}
	return n, nil
}
