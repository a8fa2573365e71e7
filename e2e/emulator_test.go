package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ndjson-parquet/internal/testenv"
)

// An emulator is one moto for all tests, each of which has an account of its own there. All
// requests pass a front. It finds the account, the test it belongs to and the role by the access
// key; judges the request by the role's policies; invokes the compiled functions, where moto's
// Lambda would need Docker; and lets a test make requests fail.
type emulator struct {
	front *httptest.Server // never closed: requests of ended tests may hang in it
	moto  *httputil.ReverseProxy
	judge *judge
	cmd   *exec.Cmd
	stdin io.Closer
	log   testenv.Buffer

	mu     sync.Mutex
	worlds map[string]*world // by account
	last   int               // account given out
}

// credential finds in a request's signature its access key, which is the role and the account, and
// the service.
var credential = regexp.MustCompile(`Credential=([A-Z]+)(\d{12})/\d+/[^/]+/([^/]+)/`)

// What all tests share is made by the first that needs it.
var shared struct {
	sync.Mutex
	emulator *emulator
	programs map[string]string // paths of compiled commands, by name
}

func TestMain(m *testing.M) {
	// Tests wait more than they work: for visibility timeouts, for intervals between retries, for
	// each other's Python.
	flag.Parse()
	if f := flag.Lookup("test.parallel"); f.Value.String() == f.DefValue {
		_ = f.Value.Set("6")
	}
	status := m.Run()
	if all := flag.Lookup("test.run").Value.String() == "" && !testing.Short(); (status == 0 || *updatePermissions) &&
		all && shared.emulator != nil {
		if err := checkPermissions(".."); err != nil {
			fmt.Fprintln(os.Stderr, err)
			status = 1
		}
	}
	if e := shared.emulator; e != nil {
		_ = e.stdin.Close()
		_ = e.judge.in.Close()
		_ = e.cmd.Wait()
		_ = e.judge.cmd.Wait()
		if status != 0 {
			fmt.Fprintf(os.Stderr, "the log of moto:\n%s", e.log.String())
		}
	}
	for _, path := range shared.programs {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

// start returns the emulator.
func start(t testing.TB) *emulator {
	t.Helper()
	if testing.Short() {
		t.Skip("needs servers that -short leaves out")
	}
	if runtime.GOOS == "windows" {
		t.Skip("terraform/render is a shell script")
	}
	shared.Lock()
	defer shared.Unlock()
	if shared.emulator == nil {
		shared.emulator = startEmulator(t)
	}
	return shared.emulator
}

// program returns the path of a command of the module, compiled once for all tests.
func program(t testing.TB, name string) string {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.programs == nil {
		shared.programs = map[string]string{}
	}
	if shared.programs[name] == "" {
		shared.programs[name] = compile(t, name)
	}
	return shared.programs[name]
}

// compile builds a command of the module for this machine into a folder of its own.
func compile(t testing.TB, name string) string {
	t.Helper()
	folder, err := os.MkdirTemp("", name)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	// As terraform/package builds.
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-tags", "lambda.norpc", "-ldflags", "-s -w",
		"-o", path, "./cmd/"+name)
	cmd.Dir = testenv.Root(t)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/%s: %v\n%s", name, err, out)
	}
	return path
}

func startEmulator(t testing.TB) *emulator {
	t.Helper()
	e := &emulator{worlds: map[string]*world{}, last: 100_000_000_000, judge: startJudge(t)}
	e.front = httptest.NewServer(e)
	address := fmt.Sprintf("127.0.0.1:%d", testenv.FreePort(t))
	target := &url.URL{Scheme: "http", Host: address}
	e.moto = &httputil.ReverseProxy{
		Transport: &http.Transport{MaxIdleConnsPerHost: 32},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ErrorLog: log.New(&e.log, "", log.LstdFlags), // of those who hang up, mostly
	}
	_, port, _ := strings.Cut(address, ":")
	// It ends with its standard input: with the tests, however they end.
	e.cmd = exec.Command(testenv.Python(t), filepath.Join(testenv.Root(t), "e2e", "moto_launcher.py"), port,
		e.front.URL)
	e.cmd.Stdout, e.cmd.Stderr = &e.log, &e.log
	stdin, err := e.cmd.StdinPipe()
	if err == nil {
		err = e.cmd.Start()
	}
	if err != nil {
		t.Fatalf("start moto: %v", err)
	}
	e.stdin = stdin
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	for listening := testenv.Listening(address); listening(ctx) != nil; time.Sleep(20 * time.Millisecond) {
		if ctx.Err() != nil {
			_ = stdin.Close()
			t.Fatalf("moto does not listen\n%s", e.log.String())
		}
	}
	return e
}

// open gives a test an account.
func (e *emulator) open(w *world) (account string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	account = strconv.Itoa(e.last)
	e.worlds[account] = w
	return account
}

// close turns the test's stragglers away.
func (e *emulator) close(account string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.worlds, account)
}

func (e *emulator) world(account string) *world {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.worlds[account]
}

func (e *emulator) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	role, account, service := "", "", ""
	job, isJob := strings.CutPrefix(r.URL.Path, "/job-runs/")
	if isJob {
		account, _, _ = strings.Cut(job, "/")
	} else if m := credential.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		role, account, service = m[1], m[2], m[3]
	}
	w := e.world(account)
	if w == nil {
		http.Error(rw, "the test has ended", http.StatusForbidden)
		return
	}
	if isJob {
		w.serveJobRun(rw, r)
		return
	}
	if role != roleTest {
		if !w.permit(rw, r, role, service) {
			return
		}
		rw = w.hideMissing(rw, r, role, service)
		if f := w.intercept.Load(); f != nil && (*f)(rw, r) {
			return
		}
	}
	if strings.HasPrefix(r.URL.Path, "/2015-03-31/event-source-mappings") {
		w.serveMappings(rw)
		return
	}
	if function, ok := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions/"); ok {
		if name, ok := strings.CutSuffix(function, "/configuration"); ok {
			w.serveConfiguration(rw, name)
			return
		}
		w.serveInvoke(rw, r, strings.TrimSuffix(function, "/invocations"))
		return
	}
	w.forward(rw, r)
}

// forward lets moto answer. It does not isolate requests to DynamoDB from each other, so they pass
// one at a time.
func (w *world) forward(rw http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB") {
		w.oneAtATime.Lock()
		defer w.oneAtATime.Unlock()
	}
	r.Header.Set("X-Moto-Account-Id", w.account)
	w.emulator.moto.ServeHTTP(rw, r)
	if puts(r, "/"+w.input+"/") {
		w.notePut(r.URL.Path, rw.Header())
	}
	if puts(r, "/_commits/") {
		w.committed.CompareAndSwap(0, time.Now().UnixNano())
	}
}

// serveInvoke is Lambda's Invoke.
func (w *world) serveInvoke(rw http.ResponseWriter, r *http.Request, name string) {
	name, err := url.PathUnescape(name)
	_, name, isARN := strings.Cut(name, ":function:")
	name, _, _ = strings.Cut(name, ":") // the version
	f, ok := w.byName[name]
	if err != nil || !isARN || !ok {
		http.Error(rw, "no such function", http.StatusNotFound)
		return
	}
	payload, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	answer, failed, err := f.invoke(context.WithoutCancel(r.Context()), payload)
	if err != nil {
		http.Error(rw, err.Error(), http.StatusInternalServerError)
		return
	}
	if failed {
		rw.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	_, _ = rw.Write(answer) // the emulator may have given up
}

// serveConfiguration is Lambda's GetFunctionConfiguration.
func (w *world) serveConfiguration(rw http.ResponseWriter, name string) {
	f, ok := w.byName[name]
	if !ok {
		refuse(rw, http.StatusNotFound, "ResourceNotFoundException")
		return
	}
	_ = json.NewEncoder(rw).Encode(map[string]any{
		"FunctionName": f.name, "FunctionArn": f.arn, "Environment": map[string]any{"Variables": f.variables},
	})
}

// serveMappings is Lambda's ListEventSourceMappings.
func (w *world) serveMappings(rw http.ResponseWriter) {
	_ = json.NewEncoder(rw).Encode(map[string]any{"EventSourceMappings": []map[string]string{{"EventSourceArn": w.queueARN}}})
}

// serveJobRun runs a Glue job to its end.
func (w *world) serveJobRun(rw http.ResponseWriter, r *http.Request) {
	var arguments map[string]string
	answer := struct {
		Error string `json:"error"`
	}{}
	err := json.NewDecoder(r.Body).Decode(&arguments)
	if err == nil {
		err = w.runJob(arguments)
	}
	if err != nil {
		answer.Error = err.Error()
	}
	_ = json.NewEncoder(rw).Encode(answer) // the emulator has gone with its test
}

// runSpark runs the Glue job's script on a local Spark, as Glue does: with the job's arguments and
// those of the run.
func (w *world) runSpark(t *testing.T, arguments map[string]string) error {
	ctx, cancel := context.WithCancel(context.Background())
	w.atEnd(cancel)
	var argv []string
	for name, value := range arguments {
		argv = append(argv, name, value)
	}
	cmd := exec.CommandContext(ctx, testenv.Python(t), append([]string{"glue_batch_job.py"}, argv...)...)
	cmd.Dir = filepath.Join(testenv.Root(t), "glue")
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") {
			cmd.Env = append(cmd.Env, variable)
		}
	}
	for name, value := range w.env(roleGlue) {
		if value != "" { // to boto3 an empty profile is one that it does not find
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, "AWS_DEFAULT_REGION=us-east-1", "SPARK_LOCAL_IP=127.0.0.1",
		"SPARK_LOCAL_DIRS="+w.sparkFolder,
		"PYSPARK_SUBMIT_ARGS=--master local[2] --driver-java-options -XX:TieredStopAtLevel=1 --conf "+
			"spark.ui.enabled=false pyspark-shell")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		_, _ = w.jobLog.Write(stderr.Bytes())
		lines := errorLine.FindAllString(stderr.String(), -1)
		for _, line := range slices.Backward(lines) {
			// they only say that something failed in Spark
			if !strings.HasPrefix(line, "py4j.") && !strings.HasPrefix(line, "org.") {
				return errors.New(line)
			}
		}
	}
	return err
}

var errorLine = regexp.MustCompile(`(?m)^[A-Za-z_.]+: .*`)
