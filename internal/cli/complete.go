package cli

import (
	"strings"

	"github.com/spf13/cobra"
)

// CompleteFlags completes the flags of a command whose values are not file names.
func CompleteFlags(cmd *cobra.Command) {
	if cmd.Flag("root") != nil {
		_ = cmd.RegisterFlagCompletionFunc("root", completeRoot) // fails only for a flag that is not there
	}
	for _, c := range cmd.Commands() {
		CompleteFlags(c)
	}
}

// completeRoot completes the beginning of aws:ENV to the environments that the repository
// describes, anything else to a directory.
func completeRoot(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	var environments []string
	for _, env := range []string{"dev", "prod"} {
		if root := "aws:" + env; typed != "" && strings.HasPrefix(root, typed) {
			environments = append(environments, root+"\tthe pipeline on AWS, environment "+env)
		}
	}
	if len(environments) > 0 {
		return environments, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}
