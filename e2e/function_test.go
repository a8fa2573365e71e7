package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ndjson-parquet/internal/testenv"
)

// A function runs the compiled bootstrap as Lambda does: processes that ask the runtime API for
// invocations, one at a time each, as many processes as there are invocations at once. One that has
// died is replaced by another in the same environment: what it left in /tmp is still there.
type function struct {
	name, arn string
	timeout   time.Duration
	memory    int64 // bytes
	scratch   int64 // bytes of /tmp
	bootstrap string
	variables map[string]string // as deployed
	folder    string            // of the environments' /tmp
	complain  func(format string, args ...any)

	log      testenv.Buffer
	timedOut atomic.Int32

	mu        sync.Mutex // guards what follows
	env       []string
	instances []*instance
	idle      []*instance
	tmp       []string // /tmp of environments whose process has ended
}

// An instance is one process with a runtime API of its own.
type instance struct {
	cmd         *exec.Cmd
	tmp         string
	api         *http.Server
	ready       chan struct{} // it has asked for its first invocation
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

// invoke answers as Lambda's Invoke: failed says that X-Amz-Function-Error is set and the payload
// describes the error.
func (f *function) invoke(ctx context.Context, payload []byte) (answer []byte, failed bool, err error) {
	in, err := f.acquire()
	if err != nil {
		return nil, false, err
	}
	id := strconv.FormatInt(time.Now().UnixNano(), 16)
	problem := func(errorType, format string, args ...any) ([]byte, bool, error) {
		payload, err := json.Marshal(map[string]string{
			"errorType": errorType, "errorMessage": fmt.Sprintf("RequestId: %s Error: ", id) +
				fmt.Sprintf(format, args...),
		})
		return payload, true, err
	}
	timeout := time.NewTimer(f.timeout)
	defer timeout.Stop()
	measure := time.NewTicker(100 * time.Millisecond)
	defer measure.Stop()
	invocations := in.invocations
	for {
		select {
		case <-measure.C:
			if used := scratchUsed(in.cmd.Process.Pid, in.tmp); used > f.scratch {
				f.complain("%s has %d bytes in /tmp, which has room for %d", f.name, used, f.scratch)
			}
		case invocations <- invocation{id, payload, time.Now().Add(f.timeout)}:
			invocations = nil
		case o := <-in.outcomes:
			f.checkLimits(in)
			f.release(in)
			return o.payload, o.failed, nil
		case <-in.exited:
			f.abandon(in)
			return problem("Runtime.ExitError", "Runtime exited with error: %v", in.cmd.ProcessState)
		case <-timeout.C:
			in.kill()
			f.timedOut.Add(1)
			f.abandon(in)
			return problem("Sandbox.Timedout", "Task timed out after %.2f seconds", f.timeout.Seconds())
		case <-ctx.Done():
			in.kill()
			return nil, false, fmt.Errorf("%s: %w", f.name, ctx.Err())
		}
	}
}

// acquire returns a live instance that has nothing to do; it starts one if there is none.
func (f *function) acquire() (*instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.idle) > 0 {
		in := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		select {
		case <-in.exited:
		default:
			return in, nil
		}
	}
	in, err := f.start()
	if err == nil {
		f.instances = append(f.instances, in)
	}
	return in, err
}

func (f *function) release(in *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, in)
}

// abandon keeps the /tmp of an environment whose process has ended for the next process.
func (f *function) abandon(in *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tmp = append(f.tmp, in.tmp)
}

// checkLimits complains of an invocation that has answered and left something in /tmp, or took more
// memory than there is.
func (f *function) checkLimits(in *instance) {
	if left := scratchUsed(in.cmd.Process.Pid, in.tmp); left > 0 {
		f.complain("%s left %d bytes in /tmp", f.name, left)
	}
	if peak := peakMemory(in.cmd.Process.Pid); peak > f.memory {
		f.complain("%s took %d MiB of memory and has %d MiB", f.name, peak>>20, f.memory>>20)
	}
}

func (f *function) start() (*instance, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	in := &instance{
		ready: make(chan struct{}), exited: make(chan struct{}), invocations: make(chan invocation),
		outcomes: make(chan outcome, 1),
	}
	in.api = &http.Server{Handler: in.runtimeAPI(f.arn), ReadHeaderTimeout: time.Minute}
	go func() { _ = in.api.Serve(l) }()
	in.cmd = exec.Command(f.bootstrap)
	if len(f.tmp) > 0 {
		in.tmp, f.tmp = f.tmp[0], f.tmp[1:]
	} else if in.tmp, err = os.MkdirTemp(f.folder, "tmp"); err != nil {
		return nil, err
	}
	isolate(in.cmd)
	in.cmd.Env = append([]string{"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String(), "TMPDIR=" + in.tmp}, f.env...)
	in.cmd.Stdout, in.cmd.Stderr = &f.log, &f.log
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
	var first sync.Once
	mux.HandleFunc("GET "+root+"invocation/next", func(w http.ResponseWriter, r *http.Request) {
		first.Do(func() { close(in.ready) })
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

// kill ends a process at once, as a crash or the end of its machine would.
func (in *instance) kill() {
	killGroup(in.cmd)
	<-in.exited
}

// configure sets a variable for the processes that start from now on, and ends those there are.
func (f *function) configure(variable, value string) {
	f.mu.Lock()
	f.env = append(f.env, variable+"="+value) // the last one of a name counts
	f.mu.Unlock()
	f.kill()
}

// kill ends all processes of the function.
func (f *function) kill() {
	f.mu.Lock()
	instances := f.instances
	f.instances = nil
	f.mu.Unlock()
	for _, in := range instances {
		in.kill()
	}
}

// stop ends the function with the test, and shows what it logged if the test failed.
func (f *function) stop(t testing.TB) {
	f.kill()
	if t.Failed() {
		t.Logf("the log of %s:\n%s", f.name, f.log.String())
	}
}
