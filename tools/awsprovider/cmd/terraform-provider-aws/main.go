// Command terraform-provider-aws stands in for the AWS provider where there is neither an account
// nor its download: it serves the provider's published schema, so that init, validate, plan and
// test check every attribute, block and type, and "creates" resources in Terraform's state alone.
// It never calls AWS, and must not be used to deploy.
//
// The schema is the file schema.json beside the executable.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"

	"ndjson-parquet/tools/awsprovider/internal/schema"
	"ndjson-parquet/tools/awsprovider/internal/standin"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "terraform-provider-aws (stand-in):", err)
		os.Exit(1)
	}
}

func run() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return err
	}
	s, err := schema.Load(filepath.Join(filepath.Dir(self), "schema.json"))
	if err != nil {
		return err
	}
	server, err := standin.New(s)
	if err != nil {
		return err
	}
	return tf5server.Serve("registry.terraform.io/hashicorp/aws", func() tfprotov5.ProviderServer { return server })
}
