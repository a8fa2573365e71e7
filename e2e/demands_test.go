package e2e

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// A demand is an action on a resource that a request needs permission for.
type demand struct {
	action, resource string
	context          map[string]string
}

// demandsOf translates a request into what AWS asks the policies about, as the service
// authorization reference and the API references of the services have it.
func (w *world) demandsOf(r *http.Request, service string) ([]demand, error) {
	switch service {
	case "s3":
		return w.s3Demands(r)
	case "lambda":
		return w.lambdaDemands(r)
	case "sns":
		return w.snsDemands(r)
	}
	_, operation, isJSON := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !isJSON {
		return nil, fmt.Errorf("%s %s of %s is a request that the tests do not know", r.Method, r.URL, service)
	}
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	switch service {
	case "dynamodb":
		return w.dynamoDemands(operation, body)
	case "states":
		return statesDemands(operation, body)
	case "sqs":
		return w.sqsDemands(operation, body)
	case "glue":
		return w.glueDemands(operation, body)
	}
	return nil, fmt.Errorf("%s of %s is a request that the tests do not know", operation, service)
}

// bodyOf reads the body of a request, and leaves it in place.
func bodyOf(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, err
}

func (w *world) s3Demands(r *http.Request) ([]demand, error) {
	bucket, key, isObject := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	bucketARN := "arn:aws:s3:::" + bucket
	query := r.URL.Query()
	if !isObject || key == "" {
		switch {
		case r.Method == http.MethodGet && query.Get("list-type") == "2":
			return []demand{{"s3:ListBucket", bucketARN, map[string]string{"s3:prefix": query.Get("prefix")}}}, nil
		case r.Method == http.MethodGet && query.Has("versions"):
			return []demand{{"s3:ListBucketVersions", bucketARN, map[string]string{"s3:prefix": query.Get("prefix")}}},
				nil
		case r.Method == http.MethodPost && query.Has("delete"):
			return w.deleteDemands(r, bucketARN)
		}
		return nil, fmt.Errorf("%s %s is a request that the tests do not know", r.Method, r.URL)
	}
	object := bucketARN + "/" + key
	needs := func(action string) demand { return demand{action: action, resource: object} }
	decrypts, encrypts := w.s3Key("kms:Decrypt", object), w.s3Key("kms:GenerateDataKey", object)
	version := ""
	if query.Has("versionId") {
		version = "Version"
	}
	switch upload := query.Has("uploadId") || query.Has("uploads"); {
	case query.Has("tagging"):
		verb := map[string]string{http.MethodGet: "Get", http.MethodPut: "Put", http.MethodDelete: "Delete"}[r.Method]
		return []demand{needs("s3:" + verb + "Object" + version + "Tagging")}, nil
	case r.Method == http.MethodGet && upload:
		return []demand{needs("s3:ListMultipartUploadParts")}, nil
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		return append([]demand{needs("s3:GetObject" + version)}, decrypts...), nil
	case r.Method == http.MethodDelete && upload:
		return []demand{needs("s3:AbortMultipartUpload")}, nil
	case r.Method == http.MethodDelete:
		return deleteDemands(object, version, r.Header.Get("If-Match")), nil
	case r.Method == http.MethodPut || r.Method == http.MethodPost && upload:
		demands := append([]demand{needs("s3:PutObject")}, encrypts...)
		if upload {
			demands = append(demands, decrypts...) // parts are encrypted, and read when the upload is completed
		}
		if r.Header.Get("X-Amz-Tagging") != "" {
			demands = append(demands, needs("s3:PutObjectTagging"))
		}
		if source := r.Header.Get("X-Amz-Copy-Source"); source != "" {
			copied, err := w.copyDemands(r, source, object)
			return append(demands, copied...), err
		}
		return demands, nil
	}
	return nil, fmt.Errorf("%s %s is a request that the tests do not know", r.Method, r.URL)
}

// copyDemands are those of a copy's source. A copy takes the source's tags along, if it has any.
func (w *world) copyDemands(r *http.Request, source, target string) ([]demand, error) {
	path, rawQuery, _ := strings.Cut(strings.TrimPrefix(source, "/"), "?")
	path, err := url.PathUnescape(path)
	if err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(rawQuery)
	if err != nil {
		return nil, err
	}
	arn, version := "arn:aws:s3:::"+path, ""
	if query.Has("versionId") {
		version = "Version"
	}
	demands := append([]demand{{action: "s3:GetObject" + version, resource: arn}}, w.s3Key("kms:Decrypt", arn)...)
	bucket, key, _ := strings.Cut(path, "/")
	if !r.URL.Query().Has("partNumber") && w.hasTags(r.Context(), bucket, key, query.Get("versionId")) {
		demands = append(demands, demand{action: "s3:GetObject" + version + "Tagging", resource: arn},
			demand{action: "s3:PutObjectTagging", resource: target})
	}
	return demands, nil
}

func (w *world) deleteDemands(r *http.Request, bucketARN string) ([]demand, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	var request struct {
		Object []struct{ Key, VersionID, ETag string }
	}
	if err := xml.Unmarshal(body, &request); err != nil {
		return nil, err
	}
	var demands []demand
	for _, o := range request.Object {
		demands = append(demands, deleteDemands(bucketARN+"/"+o.Key, "", o.ETag)...)
	}
	return demands, nil
}

// deleteDemands are those of deleting an object; under a condition on its ETag that needs reading
// it too.
func deleteDemands(object, version, etag string) []demand {
	demands := []demand{{action: "s3:DeleteObject" + version, resource: object}}
	if etag != "" && etag != "*" {
		demands = append(demands, demand{action: "s3:GetObject", resource: object})
	}
	return demands
}

// s3Key is the demand on the key of an encrypted bucket: S3 asks for it in the caller's name, with
// a bucket key for the bucket.
func (w *world) s3Key(action, object string) []demand {
	if w.key == "" {
		return nil
	}
	bucket, _, _ := strings.Cut(object, "/")
	return []demand{{action, w.key, map[string]string{
		"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:CallerAccount": w.account,
		"kms:EncryptionContext:aws:s3:arn": bucket,
	}}}
}

// keyVia is the demand on the key of an encrypted table, queue or topic.
func (w *world) keyVia(service string, actions ...string) []demand {
	var demands []demand
	for _, action := range actions {
		if w.key != "" {
			demands = append(demands, demand{action, w.key, map[string]string{
				"kms:ViaService": service + ".us-east-1.amazonaws.com", "kms:CallerAccount": w.account,
			}})
		}
	}
	return demands
}

func (w *world) lambdaDemands(r *http.Request) ([]demand, error) {
	path, err := url.PathUnescape(r.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet && strings.HasPrefix(path, "/2015-03-31/event-source-mappings") {
		return []demand{{action: "lambda:ListEventSourceMappings", resource: "*"}}, nil
	}
	rest, ok := strings.CutPrefix(path, "/2015-03-31/functions/")
	name, operation, _ := strings.Cut(rest, "/")
	function := "arn:aws:lambda:us-east-1:" + w.account + ":function:" +
		strings.TrimPrefix(name, "arn:aws:lambda:us-east-1:"+w.account+":function:")
	if q := r.URL.Query().Get("Qualifier"); q != "" && !strings.HasSuffix(function, ":"+q) {
		function += ":" + q
	}
	switch {
	case ok && operation == "invocations":
		return []demand{{action: "lambda:InvokeFunction", resource: function}}, nil
	case ok && operation == "configuration":
		demands := []demand{{action: "lambda:GetFunctionConfiguration", resource: function}}
		return append(demands, w.keyVia("lambda", "kms:Decrypt")...), nil // of the variables
	}
	return nil, fmt.Errorf("%s %s is a request that the tests do not know", r.Method, r.URL)
}

func (w *world) snsDemands(r *http.Request) ([]demand, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("Action") != "Publish" {
		return nil, fmt.Errorf("%s of sns is a request that the tests do not know: %w", form.Get("Action"), err)
	}
	return append([]demand{{action: "sns:Publish", resource: form.Get("TopicArn")}},
		w.keyVia("sns", "kms:Decrypt", "kms:GenerateDataKey")...), nil
}

func (w *world) dynamoDemands(operation string, body []byte) ([]demand, error) {
	type one struct{ TableName, IndexName string }
	var in struct {
		one
		RequestItems  map[string]json.RawMessage
		TransactItems []map[string]one
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	table := func(name string) string {
		if strings.HasPrefix(name, "arn:") {
			return name
		}
		return "arn:aws:dynamodb:us-east-1:" + w.account + ":table/" + name
	}
	demands := w.keyVia("dynamodb", "kms:Decrypt")
	needs := func(action, resource string) {
		demands = append(demands, demand{action: "dynamodb:" + action, resource: resource})
	}
	switch {
	case in.RequestItems != nil:
		for name := range in.RequestItems {
			needs(operation, table(name))
		}
	case in.TransactItems != nil:
		for _, item := range in.TransactItems {
			for kind, on := range item {
				action, ok := map[string]string{
					"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem",
					"ConditionCheck": "ConditionCheckItem", "Get": "GetItem",
				}[kind]
				if !ok {
					return nil, fmt.Errorf("a transaction with a %s", kind)
				}
				needs(action, table(on.TableName))
			}
		}
	case in.IndexName != "":
		needs(operation, table(in.TableName)+"/index/"+in.IndexName)
	default:
		needs(operation, table(in.TableName))
	}
	return demands, nil
}

func statesDemands(operation string, body []byte) ([]demand, error) {
	var in struct{ StateMachineArn, ExecutionArn string }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	return []demand{{action: "states:" + operation, resource: in.StateMachineArn + in.ExecutionArn}}, nil
}

func (w *world) sqsDemands(operation string, body []byte) ([]demand, error) {
	var in struct {
		QueueURL  string `json:"QueueUrl"`
		QueueName string
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	queue := "arn:aws:sqs:us-east-1:" + w.account + ":" + in.QueueName +
		in.QueueURL[strings.LastIndex(in.QueueURL, "/")+1:]
	demands := []demand{{action: "sqs:" + operation, resource: queue}}
	if operation == "ReceiveMessage" {
		demands = append(demands, w.keyVia("sqs", "kms:Decrypt")...)
	}
	return demands, nil
}

func (w *world) glueDemands(operation string, body []byte) ([]demand, error) {
	type table struct{ Name string }
	var in struct {
		JobName, DatabaseName, Name string
		TableInput                  table
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, err
	}
	arn := "arn:aws:glue:us-east-1:" + w.account + ":"
	if in.JobName != "" {
		return []demand{{action: "glue:" + operation, resource: arn + "job/" + in.JobName}}, nil
	}
	// An action on a table is one on its database and the catalog as well.
	var demands []demand
	for _, resource := range []string{"catalog", "database/" + in.DatabaseName,
		"table/" + in.DatabaseName + "/" + in.Name + in.TableInput.Name} {
		demands = append(demands, demand{action: "glue:" + operation, resource: arn + resource})
	}
	return demands, nil
}
