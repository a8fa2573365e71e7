// Command extract-schema writes the published schema of the AWS provider's resources and data
// sources that a Terraform configuration uses. A type the provider does not have is an error.
//
//	extract-schema -package node_modules/@cdktf/provider-aws -version 6.25.0 -out schema.json terraform
package main

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"ndjson-parquet/tools/awsprovider/internal/schema"
)

func main() {
	pkg := flag.String("package", "", "directory of the unpacked npm package @cdktf/provider-aws")
	out := flag.String("out", "schema.json", "file to write")
	version := flag.String("version", "", "version the provider must have")
	flag.Parse()
	if *pkg == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: extract-schema -package DIR [-version V] -out FILE CONFIGURATION")
		os.Exit(2)
	}
	if err := run(*pkg, *out, *version, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "extract-schema:", err)
		os.Exit(1)
	}
}

func run(pkg, out, version, configuration string) error {
	resources, dataSources, err := used(configuration)
	if err != nil {
		return err
	}
	s, err := schema.Extract(pkg, resources, dataSources)
	if err != nil {
		return err
	}
	if version != "" && s.Version != version {
		return fmt.Errorf("the package holds the schema of AWS provider %s, not %s", s.Version, version)
	}
	if err := s.Save(out); err != nil {
		return err
	}
	fmt.Printf("AWS provider %s: %d resources, %d data sources\n", s.Version, len(s.Resources), len(s.DataSources))
	return nil
}

var blockHead = regexp.MustCompile(`(?m)^(resource|data) "(aws_\w+)" "`)

// used lists the AWS resource and data source types in the .tf files below dir.
func used(dir string) (resources, dataSources []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".tf" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range blockHead.FindAllStringSubmatch(string(text), -1) {
			if m[1] == "data" {
				dataSources = append(dataSources, m[2])
			} else {
				resources = append(resources, m[2])
			}
		}
		return nil
	})
	slices.Sort(resources)
	slices.Sort(dataSources)
	return slices.Compact(resources), slices.Compact(dataSources), err
}
