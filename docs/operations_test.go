package docs

import (
	"regexp"
	"strings"
	"testing"
)

// Everything that can need an operator is in OPERATIONS.md: alarms, states, and the reasons of
// files.
func TestOperationsHasEveryAlarmStateAndReason(t *testing.T) {
	const operations = "docs/OPERATIONS.md"
	text := read(t, operations)
	for source, pattern := range map[string]string{
		"terraform/modules/monitoring/alarms.tf":               `(?m)^ +([A-Z][\w-]+) = \{\n +severity`,
		"terraform/modules/step_functions/definition.asl.json": `(?m)^    "(\w+)": \{$`,
		"internal/pipeline/file.go":                            `(?m)^\tReason\w+ += "([\w-]+)"`,
	} {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(read(t, source), -1)
		if len(found) < 5 {
			t.Errorf("%s: %q finds %d names", source, pattern, len(found))
		}
		for _, m := range found {
			if !strings.Contains(text, "`"+m[1]+"`") {
				t.Errorf("%s does not mention %s of %s", operations, m[1], source)
			}
		}
	}
}
