package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// permit reports whether the policies of a role allow a request. If not, it has answered as the
// service does.
func (w *world) permit(rw http.ResponseWriter, r *http.Request, role, service string) bool {
	demands, err := w.demandsOf(r, service)
	if err != nil {
		w.complain("%s: %v", role, err)
		http.Error(rw, err.Error(), http.StatusNotImplemented)
		return false
	}
	if service == "s3" && r.Header.Get("X-Amz-Expected-Bucket-Owner") != w.account {
		w.complain("%s: %s %s names no expected bucket owner", role, r.Method, r.URL)
	}
	for _, d := range demands {
		if !w.allows(role, d) {
			w.complain("%s may not %s on %s (%s %s)", role, d.action, d.resource, r.Method, r.URL)
			refuseAccess(rw, service)
			return false
		}
	}
	return true
}

// allows judges a demand of a role and records the permissions that it used.
func (w *world) allows(role string, d demand) bool {
	p := w.principals[role]
	if p == nil {
		w.complain("there is no role %s", role)
		return false
	}
	context := map[string]string{"aws:SecureTransport": "true", "aws:PrincipalAccount": w.account,
		"aws:SourceAccount": w.account}
	if strings.HasPrefix(d.action, "s3:") {
		context["s3:TlsVersion"] = "1.3"
	}
	for name, value := range d.context {
		context[name] = value
	}
	v, err := w.emulator.judge.decide(judgement{
		Principal: p.arn, Policies: p.policies, ResourcePolicy: w.resourcePolicyOf(d.resource), Action: d.action,
		Resource: d.resource, Context: context,
	})
	if err != nil {
		w.complain("%s: %v", role, err)
		return false
	}
	if v.Allowed {
		permissions.use(w, role, d.action, v.By)
	}
	return v.Allowed
}

// permissions are those that the tests' roles used, of all worlds.
var permissions grants

func (w *world) resourcePolicyOf(arn string) []byte {
	if policy, ok := w.resourcePolicies[arn]; ok {
		return policy
	}
	bucket, _, isObject := strings.Cut(arn, "/")
	if isObject && strings.HasPrefix(arn, "arn:aws:s3:::") {
		return w.resourcePolicies[bucket]
	}
	return nil
}

// refuseAccess answers as a service does whose caller lacks a permission.
func refuseAccess(rw http.ResponseWriter, service string) {
	switch service {
	case "s3":
		deny(rw)
	case "sns":
		rw.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(rw, `<ErrorResponse><Error><Type>Sender</Type><Code>AuthorizationError</Code><Message>is not authorized</Message></Error></ErrorResponse>`)
	case "lambda":
		refuse(rw, http.StatusForbidden, "AccessDeniedException")
	default:
		refuse(rw, http.StatusBadRequest, "AccessDeniedException")
	}
}

// complain records what a request did that AWS would not allow; it fails the test.
func (w *world) complain(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.complaints = append(w.complaints, fmt.Sprintf(format, args...))
}

// checkComplaints fails the test for each complaint but those it provokes, which it names by a part
// of each.
func (w *world) checkComplaints(t *testing.T) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := map[string]bool{}
	for _, c := range w.complaints {
		provoked := false
		for _, part := range w.provoked {
			provoked = provoked || strings.Contains(c, part)
		}
		if !provoked && !seen[c] {
			seen[c] = true
			t.Errorf("on AWS: %s", c)
		}
	}
}

// A hidingWriter answers "access denied" in place of "not found", as S3 does to those who may not
// list the bucket.
type hidingWriter struct {
	http.ResponseWriter
	mayList func() bool
	hides   bool
}

func (h *hidingWriter) WriteHeader(status int) {
	if status == http.StatusNotFound && !h.mayList() {
		h.hides = true
		h.Header().Del("Content-Length")
		deny(h.ResponseWriter)
		return
	}
	h.ResponseWriter.WriteHeader(status)
}

func (h *hidingWriter) Write(p []byte) (int, error) {
	if h.hides {
		return len(p), nil
	}
	return h.ResponseWriter.Write(p)
}

// hideMissing returns the writer for the answer to a role's request: one that hides what the role
// may not know.
func (w *world) hideMissing(rw http.ResponseWriter, r *http.Request, role, service string) http.ResponseWriter {
	bucket, key, isObject := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if service != "s3" || !isObject || key == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return rw
	}
	return &hidingWriter{ResponseWriter: rw, mayList: func() bool {
		listed := w.allows(role, demand{action: "s3:ListBucket", resource: "arn:aws:s3:::" + bucket})
		if !listed {
			w.complain("%s finds no %s, and is told that access is denied: it may not list the bucket", role,
				r.URL.Path)
		}
		return listed
	}}
}

// hasTags reports whether a version of an object has tags.
func (w *world) hasTags(ctx context.Context, bucket, key, version string) bool {
	in := &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key}
	if version != "" {
		in.VersionId = &version
	}
	out, err := w.s3.GetObjectTagging(context.WithoutCancel(ctx), in)
	return err == nil && len(out.TagSet) > 0
}
