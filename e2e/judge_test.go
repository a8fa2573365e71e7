package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"ndjson-parquet/internal/testenv"
)

// A judge evaluates IAM policies, in one process for all tests.
type judge struct {
	mu    sync.Mutex
	in    io.WriteCloser
	out   *bufio.Reader
	cmd   *exec.Cmd
	known map[string]verdict // by request
}

// A judgement is a request for one action on one resource, and the policies that decide.
type judgement struct {
	Principal      string            `json:"principal"`
	Policies       []json.RawMessage `json:"policies"`
	ResourcePolicy json.RawMessage   `json:"resourcePolicy,omitempty"`
	Action         string            `json:"action"`
	Resource       string            `json:"resource"`
	Context        map[string]string `json:"context"`
}

// A verdict says whether AWS would allow the request, and by which Resource elements of the
// identity policies.
type verdict struct {
	Allowed bool
	By      []string
	Error   string
}

// startJudge starts the evaluator that scripts/setup has installed. It ends with its standard
// input.
func startJudge(t testing.TB) *judge {
	t.Helper()
	folder := testenv.Cached(t, "iam-simulate")
	j := &judge{cmd: exec.Command("node", "judge.mjs"), known: map[string]verdict{}}
	j.cmd.Dir = folder
	in, err := j.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := j.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := j.cmd.Start(); err != nil {
		t.Fatalf("start the policy evaluator (scripts/setup installs it): %v", err)
	}
	j.in, j.out = in, bufio.NewReader(out)
	return j
}

func (j *judge) decide(r judgement) (verdict, error) {
	line, err := json.Marshal(r)
	if err != nil {
		return verdict{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if v, ok := j.known[string(line)]; ok {
		return v, nil
	}
	var v verdict
	if _, err := j.in.Write(append(line, '\n')); err != nil {
		return v, err
	}
	answer, err := j.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(answer, &v)
	}
	if err == nil && v.Error != "" {
		err = fmt.Errorf("%s on %s: %s", r.Action, r.Resource, v.Error)
	}
	if err == nil {
		j.known[string(line)] = v
	}
	return v, err
}

// A grant is a role's permission for an action on a Resource element of its policies.
type grant struct{ role, action, resource string }

func (g grant) compare(h grant) int {
	return slices.Compare([]string{g.role, g.action, g.resource}, []string{h.role, h.action, h.resource})
}

// A grants gathers the permissions that all tests' roles have and use. Safe for concurrent use.
type grants struct {
	mu            sync.Mutex
	used, granted map[grant]bool
}

func (g *grants) use(w *world, role, action string, resources []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.used == nil {
		g.used = map[grant]bool{}
	}
	for _, r := range resources {
		g.used[grant{role, action, w.anonymous(r)}] = true
	}
}

// anonymous replaces the account of the world by that of the rendered resources, so that grants of
// two worlds are equal.
func (w *world) anonymous(arn string) string {
	return strings.ReplaceAll(arn, w.account, renderedAccount)
}
