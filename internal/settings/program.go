package settings

import "strings"

// Program are the variables of the command line beside those of Core and Places.
var Program = []Variable{
	{"DASHBOARD_TOKEN", false, "", "token that clients of the dashboard need; required beyond this machine"},
	{"AWS_REGION", false, "", "region of AWS, or of an S3-compatible server"},
	{"AWS_PROFILE", false, "", "profile of the AWS configuration, with region and credentials"},
	{"AWS_ENDPOINT_URL", false, "", "address of a server that speaks the protocols of AWS, such as an " +
		"S3-compatible one"},
	{"AWS_ACCESS_KEY_ID", false, "", "credentials: the access key"},
	{"AWS_SECRET_ACCESS_KEY", false, "", "credentials: its secret"},
	{"AWS_SESSION_TOKEN", false, "", "credentials: the token of a session"},
	{"NO_COLOR", false, "", "any value turns colours off"},
}

// IsSecret reports whether the value of a variable must not be shown. It goes by the name alone, so
// that a variable that is added later is masked too.
func IsSecret(name string) bool {
	for _, word := range []string{"TOKEN", "SECRET", "PASSWORD", "ACCESS_KEY", "CREDENTIAL"} {
		if strings.Contains(strings.ToUpper(name), word) {
			return true
		}
	}
	return false
}
