package settings

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"ndjson-parquet/internal/pipeline"
)

var update = flag.Bool("update", false, "write docs/SETTINGS.md")

// TestEverySettingReachesItsField sets each setting to the text of another configuration and back,
// so that no two share a field and none is without one.
func TestEverySettingReachesItsField(t *testing.T) {
	defaults := pipeline.DefaultConfig()
	for _, s := range Core {
		c := defaults
		text := map[string]string{
			"INPUT_EXTENSIONS": ".log,.json", "DATE_PATTERN": "{yyyy}/{mm}/{dd}/", "DATE_TIMEZONE": "Europe/Berlin",
			"RECORDS_PATH": "/Records",
		}[s.Variable]
		if text == "" {
			text = "7"
		}
		if len(s.Choices) > 0 {
			text = s.Choices[len(s.Choices)-1]
		}
		if err := s.Set(&c, s.Variable, text); err != nil || s.Get(c) != text {
			t.Errorf("%s: set to %s, it is %s (%v)", s.Variable, text, s.Get(c), err)
		}
		for _, other := range Core {
			if other.Variable != s.Variable && other.Get(c) != other.Get(defaults) {
				t.Errorf("%s changes %s", s.Variable, other.Variable)
			}
		}
		if err := s.Set(&c, s.Variable, s.Get(defaults)); err != nil {
			t.Errorf("%s: its default is refused: %v", s.Variable, err)
		}
		nonsense := "-1x"
		if s.Variable == "INPUT_EXTENSIONS" {
			nonsense = ".gz"
		}
		err := s.Set(&c, "here", nonsense)
		if err == nil || !strings.HasPrefix(err.Error(), `here "`+nonsense+`": expected `) {
			t.Errorf("%s: nonsense gives %v", s.Variable, err)
		}
	}
	if err := AWS().Validate(); err != nil {
		t.Errorf("the defaults on AWS: %v", err)
	}
}

// TestTerraformSetsWhatIsDeclared compares the functions' variables in Terraform with the
// declarations, both ways.
func TestTerraformSetsWhatIsDeclared(t *testing.T) {
	source, err := os.ReadFile("../../terraform/main.tf")
	if err != nil {
		t.Fatal(err)
	}
	declared := map[string]bool{}
	for _, s := range Core {
		declared[s.Variable] = true
	}
	for _, v := range Functions {
		declared[v.Name] = true
	}
	limits, _, found := strings.Cut(after(t, string(source), "limits = {"), "}")
	variables, _, found2 := strings.Cut(after(t, string(source), "environment_variables = merge("), "\n  })")
	if !found || !found2 {
		t.Fatal("main.tf has no end of limits or environment_variables")
	}
	set := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s+([A-Z][A-Z_]+)\s+=`).FindAllStringSubmatch(limits+variables, -1) {
		if set[m[1]] = true; !declared[m[1]] {
			t.Errorf("Terraform sets %s, which is not declared", m[1])
		}
	}
	if len(set) < 15 {
		t.Fatalf("only %d variables were found in main.tf", len(set))
	}
	for _, name := range Required() {
		if !set[name] {
			t.Errorf("Terraform does not set %s, which is required", name)
		}
	}
}

// TestTerraformDefaults compares the defaults of Terraform's variables with those of AWS.
func TestTerraformDefaults(t *testing.T) {
	source, err := os.ReadFile("../../terraform/variables.tf")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, s := range Core {
		name := strings.ToLower(s.Variable)
		block := regexp.MustCompile(`(?s)\nvariable "` + name + `" \{\n(.*?)\n\}`).FindStringSubmatch(string(source))
		if block == nil {
			continue
		}
		value := regexp.MustCompile(`(?m)^  default\s*=\s*"?([^"\n]*)"?$`).FindStringSubmatch(block[1])
		if value == nil {
			continue
		}
		compared++
		want := strings.ReplaceAll(value[1], " ", "")
		var c pipeline.Config
		if err := s.Set(&c, name, want); err != nil || s.Get(c) != s.Get(AWS()) {
			t.Errorf("the default of Terraform's %s is %s, that of the functions %s (%v)", name, want, s.Get(AWS()),
				err)
		}
	}
	if compared < 8 {
		t.Errorf("only %d defaults were found in variables.tf", compared)
	}
}

func after(t *testing.T, s, mark string) string {
	t.Helper()
	_, rest, found := strings.Cut(s, mark)
	if !found {
		t.Fatalf("main.tf has no %q", mark)
	}
	return rest
}

// TestDocumentation compares docs/SETTINGS.md with the declarations.
func TestDocumentation(t *testing.T) {
	const name = "../../docs/SETTINGS.md"
	want := document()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || string(got) != want {
		t.Errorf("docs/SETTINGS.md differs from the declarations (%v): go test ./internal/settings -update writes it",
			err)
	}
}

// document returns docs/SETTINGS.md.
func document() string {
	var b strings.Builder
	b.WriteString(`# Settings

This document is made from the declarations in ` + "`internal/settings`" + `; a test compares them. A flag wins over the
environment variable of its setting. On AWS, Terraform sets the variables of the functions.

## Pipeline

| flag | environment variable | meaning | default | on AWS |
| --- | --- | --- | --- | --- |
`)
	aws := AWS()
	for _, s := range Core {
		flagName := "–"
		if s.Flag != "" {
			flagName = "`--" + s.Flag + "`"
		}
		doc := s.Doc
		if len(s.Choices) > 0 {
			doc += ": " + choices(s.Choices)
		}
		if s.Unit != "" {
			doc += " (" + s.Unit + ")"
		}
		onAWS := s.Get(aws)
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", flagName, s.Variable, doc, s.Get(pipeline.DefaultConfig()),
			onAWS)
	}
	b.WriteString(`
## Places on one machine

A root records its places: see [FORMATS.md](FORMATS.md#record-of-a-root). A variable may also name a bucket alone, which
then means the folder that the pipeline uses on AWS.

| flag | environment variable | meaning | default in the root |
| --- | --- | --- | --- |
`)
	for _, p := range Places {
		fmt.Fprintf(&b, "| `--%s` | `%s` | %s | `%s` |\n", p.Flag, p.Variable, p.Doc, p.Default)
	}
	b.WriteString(`
## Functions on AWS

| environment variable | required | meaning | default |
| --- | --- | --- | --- |
`)
	for _, v := range Functions {
		required, value := "no", "–"
		if v.Required {
			required = "yes"
		}
		if v.Default != "" {
			value = "`" + v.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", v.Name, required, v.Doc, value)
	}
	b.WriteString(`
## The program

Variables of the command line beside those above. The SDK of AWS reads more; its documentation lists them.

| environment variable | meaning |
| --- | --- |
`)
	for _, v := range Program {
		fmt.Fprintf(&b, "| `%s` | %s |\n", v.Name, v.Doc)
	}
	return b.String()
}

func TestSecretsAreKnownByTheirNames(t *testing.T) {
	for name, want := range map[string]bool{
		"DASHBOARD_TOKEN": true, "AWS_SECRET_ACCESS_KEY": true, "AWS_ACCESS_KEY_ID": true, "WEBHOOK_SECRET": true,
		"DB_PASSWORD": true, "AWS_REGION": false, "TRACKING_TABLE": false, "MAX_DEPTH": false,
	} {
		if got := IsSecret(name); got != want {
			t.Errorf("IsSecret(%s) is %t, want %t", name, got, want)
		}
	}
}
