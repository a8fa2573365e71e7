package docs

import (
	"regexp"
	"strings"
	"testing"
)

const design = "docs/DESIGN.md"

// table returns the rows of the first table below a heading of DESIGN.md, with the cells' backticks
// removed.
func table(t *testing.T, heading string) [][]string {
	t.Helper()
	_, section, found := strings.Cut(read(t, design), "\n### "+heading+"\n")
	if !found {
		t.Fatalf("%s has no section %q", design, heading)
	}
	section, _, _ = strings.Cut(section, "\n#")
	var rows [][]string
	for line := range strings.Lines(section) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.Trim(strings.TrimSpace(cells[i]), "`")
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		t.Fatalf("%s: section %q has no table", design, heading)
	}
	return rows
}

// terraformDefaults returns the defaults of the root module's variables, as written, without
// quotes.
func terraformDefaults(t *testing.T) map[string]string {
	t.Helper()
	variable := regexp.MustCompile(`(?ms)^variable "(\w+)" \{.*?^\}`)
	assignment := regexp.MustCompile(`(?m)^  default += (.*)$`)
	defaults := map[string]string{}
	for _, m := range variable.FindAllStringSubmatch(read(t, "terraform/variables.tf"), -1) {
		if d := assignment.FindStringSubmatch(m[0]); d != nil {
			defaults[m[1]] = strings.Trim(d[1], `"`)
		}
	}
	return defaults
}

func TestDesignHasTheDefaultsOfTerraform(t *testing.T) {
	defaults := terraformDefaults(t)
	for _, row := range table(t, "Terraform variables") {
		name, want := row[0], row[2]
		if got, ok := defaults[name]; !ok || got != want {
			t.Errorf("%s says that %s is %s by default; terraform/variables.tf says %q", design, name, want, got)
		}
	}
	environment := read(t, "terraform/main.tf")
	for _, row := range table(t, "Environment variables of the function") {
		name, want := row[0], row[2]
		if !regexp.MustCompile(`(?m)^ +` + name + ` += `).MatchString(environment) {
			t.Errorf("%s lists %s, which terraform/main.tf does not set", design, name)
		}
		if want == "required" || want == "optional" {
			continue
		}
		if got := defaults[strings.ToLower(name)]; got != want {
			t.Errorf("%s says that %s is %s by default; terraform/variables.tf says %q", design, name, want, got)
		}
	}
}

func TestDesignHasTheAlarmsOfTerraform(t *testing.T) {
	alarm := regexp.MustCompile(`(?m)^ +([A-Z][\w-]+) = \{\n +severity += "(\w+)", threshold = (\d+),`)
	type level struct{ threshold, severity string }
	alarms := map[string]level{}
	for _, m := range alarm.FindAllStringSubmatch(read(t, "terraform/modules/monitoring/alarms.tf"), -1) {
		alarms[m[1]] = level{m[3], m[2]}
	}
	for _, row := range table(t, "Alarms and dashboard") {
		if got, want := alarms[row[0]], (level{row[1], row[2]}); got != want {
			t.Errorf("%s says that the alarm %s is %v; Terraform says %v", design, row[0], want, got)
		}
		delete(alarms, row[0])
	}
	text := read(t, design)
	for name := range alarms {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s does not mention the alarm %s", design, name)
		}
	}
}

func TestDesignHasTheStatesOfTheStateMachine(t *testing.T) {
	text := read(t, design)
	state := regexp.MustCompile(`(?m)^    "(\w+)": \{$`)
	states := state.FindAllStringSubmatch(read(t, "terraform/modules/step_functions/definition.asl.json"), -1)
	if len(states) == 0 {
		t.Fatal("no states found in the definition")
	}
	for _, m := range states {
		if !strings.Contains(text, "`"+m[1]+"`") {
			t.Errorf("%s does not mention the state %s", design, m[1])
		}
	}
}

func TestFormatsHasTheReasonsOfTheCore(t *testing.T) {
	text := read(t, "docs/FORMATS.md")
	reason := regexp.MustCompile(`(?m)^\tReason\w+ += "([\w-]+)"`)
	found := 0
	for _, file := range sourceFiles(t, ".go") {
		if !strings.HasPrefix(file, "internal/pipeline/") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range reason.FindAllStringSubmatch(read(t, file), -1) {
			found++
			if !strings.Contains(text, "`"+m[1]+"`") {
				t.Errorf("docs/FORMATS.md does not mention the reason %s of %s", m[1], file)
			}
		}
	}
	if found == 0 {
		t.Error("no reasons found in internal/pipeline")
	}
}
