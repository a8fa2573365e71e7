package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"
)

// A function runs the compiled bootstrap as Lambda does: a process that asks the runtime API for invocations, one at a
// time, and is started anew after it has died.
type function struct {
	name, arn string
	timeout   time.Duration
	bootstrap string
	env       []string

	turn sync.Mutex // one invocation at a time: a concurrency of one
	log  *lockedBuffer

	mu       sync.Mutex // guards instance
	instance *instance
}

// An instance is one process with a runtime API of its own.
type instance struct {
	cmd         *exec.Cmd
	api         *http.Server
	exited      chan struct{}
	invocations chan invocation
	outcomes    chan outcome
}

type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
}

// An outcome is a response, or, with failed set, the error that the function reported.
type outcome struct {
	payload []byte
	failed  bool
}

// invoke answers as Lambda's Invoke: failed says that X-Amz-Function-Error is set and the payload describes the error.
func (f *function) invoke(ctx context.Context, payload []byte) (answer []byte, failed bool, err error) {
	f.turn.Lock()
	defer f.turn.Unlock()
	in, err := f.running()
	if err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	id := strconv.FormatInt(time.Now().UnixNano(), 16)
	invocations := in.invocations
	for {
		select {
		case invocations <- invocation{id, payload, time.Now().Add(f.timeout)}:
			invocations = nil
		case o := <-in.outcomes:
			return o.payload, o.failed, nil
		case <-in.exited:
			payload, err := json.Marshal(map[string]string{
				"errorType":    "Runtime.ExitError",
				"errorMessage": fmt.Sprintf("RequestId: %s Error: Runtime exited with error: %v", id, in.cmd.ProcessState),
			})
			return payload, true, err
		case <-ctx.Done():
			f.kill()
			return nil, false, fmt.Errorf("%s: %w", f.name, ctx.Err())
		}
	}
}

// running returns the live instance; it starts one if there is none.
func (f *function) running() (*instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.instance != nil {
		select {
		case <-f.instance.exited:
		default:
			return f.instance, nil
		}
	}
	in, err := f.start()
	f.instance = in
	return in, err
}

func (f *function) start() (*instance, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	in := &instance{exited: make(chan struct{}), invocations: make(chan invocation), outcomes: make(chan outcome, 1)}
	in.api = &http.Server{Handler: in.runtimeAPI(f.arn), ReadHeaderTimeout: time.Minute}
	go func() { _ = in.api.Serve(l) }()
	in.cmd = exec.Command(f.bootstrap)
	in.cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String()}, f.env...)
	in.cmd.Stdout, in.cmd.Stderr = f.log, f.log
	if err := in.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = in.cmd.Wait()
		_ = in.api.Close()
		close(in.exited)
	}()
	return in, nil
}

// runtimeAPI serves https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html.
func (in *instance) runtimeAPI(arn string) http.Handler {
	const root = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+root+"invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case i := <-in.invocations:
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", i.id)
			w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", arn)
			w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
			_, _ = w.Write(i.payload) // a process that is gone is noticed by its exit
		case <-r.Context().Done():
		}
	})
	report := func(failed bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			payload, err := io.ReadAll(r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			in.outcomes <- outcome{payload, failed}
			w.WriteHeader(http.StatusAccepted)
		}
	}
	mux.HandleFunc("POST "+root+"invocation/{id}/response", report(false))
	mux.HandleFunc("POST "+root+"invocation/{id}/error", report(true))
	return mux
}

// kill ends the process at once, as a crash or the end of its machine would.
func (f *function) kill() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.instance != nil {
		_ = f.instance.cmd.Process.Kill()
		<-f.instance.exited
	}
}

// stop ends the function with the test, and shows what it logged if the test failed.
func (f *function) stop(t *testing.T) {
	f.kill()
	if t.Failed() {
		t.Logf("the log of %s:\n%s", f.name, f.log)
	}
}

// lockedBuffer may be written by one goroutine and read by another.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
