package testenv

import (
	"fmt"
	"path/filepath"
	"sync"
	"testing"
)

// A Server implements an AWS protocol on the loopback interface.
type Server struct {
	Endpoint          string // http://127.0.0.1:port
	AccessKey, Secret string
}

// Setenv directs the AWS SDK of this process, and of its child processes, to the server for the
// rest of the test.
func (s Server) Setenv(t testing.TB) {
	t.Helper()
	for name, value := range s.Env() {
		t.Setenv(name, value)
	}
}

// Env is the environment that directs the AWS SDKs to the server and hides the user's own
// configuration from them.
func (s Server) Env() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL":            s.Endpoint,
		"AWS_REGION":                  "us-east-1",
		"AWS_ACCESS_KEY_ID":           s.AccessKey,
		"AWS_SECRET_ACCESS_KEY":       s.Secret,
		"AWS_SESSION_TOKEN":           "",
		"AWS_PROFILE":                 "",
		"AWS_CONFIG_FILE":             filepath.Join("nowhere", "config"),
		"AWS_SHARED_CREDENTIALS_FILE": filepath.Join("nowhere", "credentials"),
		"AWS_EC2_METADATA_DISABLED":   "true",
	}
}

// VersityGW starts an S3 server that keeps objects as files in the test's temporary directory.
func VersityGW(t testing.TB) Server {
	t.Helper()
	tool := Tool(t, "versitygw")
	address := fmt.Sprintf("127.0.0.1:%d", FreePort(t))
	s := Server{Endpoint: "http://" + address, AccessKey: "tester", Secret: "tester-secret"}
	runServer(t, address, tool, "--port", address, "--access", s.AccessKey, "--secret", s.Secret, "--quiet",
		"--keep-alive",
		"posix", t.TempDir())
	return s
}

// Moto starts a server that imitates AWS services (S3, DynamoDB, SQS, Step Functions, …) in memory.
func Moto(t testing.TB) Server {
	t.Helper()
	python := Python(t)
	port := FreePort(t)
	runServer(t, fmt.Sprintf("127.0.0.1:%d", port), python, "-m", "moto.server", "-H", "127.0.0.1", "-p",
		fmt.Sprint(port))
	return Server{Endpoint: fmt.Sprintf("http://127.0.0.1:%d", port), AccessKey: "tester", Secret: "tester-secret"}
}

// DynamoDBLocal starts Amazon's DynamoDB emulator, in memory.
func DynamoDBLocal(t testing.TB) Server {
	t.Helper()
	port, args := dynamoDBLocal(t)
	runServer(t, fmt.Sprintf("127.0.0.1:%d", port), "java", args...)
	return dynamoDBLocalAt(port)
}

var shared struct {
	sync.Mutex
	process *process
	server  Server
}

// SharedDynamoDBLocal returns a DynamoDB emulator that all tests of the process share: starting one
// takes longer than most tests. Each test needs tables of its own. TestMain must call StopShared.
func SharedDynamoDBLocal(t testing.TB) Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.process == nil {
		port, args := dynamoDBLocal(t)
		shared.process = startServer(t, fmt.Sprintf("127.0.0.1:%d", port), "java", args...)
		shared.server = dynamoDBLocalAt(port)
	}
	return shared.server
}

// StopShared stops the server that SharedDynamoDBLocal started.
func StopShared() {
	shared.Lock()
	defer shared.Unlock()
	if shared.process != nil {
		shared.process.stop()
		shared.process = nil
	}
}

func dynamoDBLocal(t testing.TB) (port int, args []string) {
	t.Helper()
	folder := Cached(t, "dynamodb-local")
	port = FreePort(t)
	return port, []string{
		"-Djava.library.path=" + folder, "-Dsqlite4java.library.path=" + folder,
		"-cp", folder + string(filepath.ListSeparator) + filepath.Join(folder, "*"),
		"LoopbackServer", "-inMemory", "-disableTelemetry", "-port", fmt.Sprint(port),
	}
}

func dynamoDBLocalAt(port int) Server {
	return Server{
		Endpoint:  fmt.Sprintf("http://127.0.0.1:%d", port),
		AccessKey: "tester",
		Secret:    "testersecret",
	}
}
