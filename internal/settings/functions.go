package settings

// A Variable is an environment variable of the functions that is not a setting of the core.
type Variable struct {
	Name     string
	Required bool
	Default  string
	Doc      string
}

// Functions are the variables of the functions beside those of Core.
var Functions = []Variable{
	{"INPUT_BUCKET", true, "", "bucket of the input"},
	{"INPUT_PREFIX", false, "pipeline/input/", "prefix of the input in its bucket"},
	{"MANIFEST_BUCKET", true, "", "bucket of manifests and the schema log, below manifests/"},
	{"OUTPUT_BUCKET", true, "", "bucket of the output"},
	{"QUARANTINE_BUCKET", false, "", "bucket of quarantined files and rejected records; without it they are in the " +
		"manifest bucket, below quarantine/, and originals stay in the input"},
	{"BUCKET_OWNER", false, "", "account that must own the buckets"},
	{"TRACKING_TABLE", true, "", "table of the ledger"},
	{"METRICS_TABLE", false, "", "table of the metrics"},
	{"CATALOG_DATABASE", false, "", "Glue database of the table over the output"},
	{"CATALOG_TABLE", false, "", "table over the output, whose columns follow the schema log; without it none does"},
	{"STEP_FUNCTION_ARN", true, "", "ARN of the state machine"},
	{"ALERT_TOPIC_ARN", false, "", "topic of the alerts; without it they are in the log"},
	{"ENVIRONMENT", false, "dev", "name of the environment, a dimension of the metrics"},
	{"LOG_LEVEL", false, "info", "least severe level that is logged: debug, info, warn or error"},
}

// Required are the names of the variables that the functions need.
func Required() []string {
	var names []string
	for _, v := range Functions {
		if v.Required {
			names = append(names, v.Name)
		}
	}
	return names
}

// FunctionDefault returns the default of a variable of Functions.
func FunctionDefault(name string) string {
	for _, v := range Functions {
		if v.Name == name {
			return v.Default
		}
	}
	panic("no variable " + name)
}
