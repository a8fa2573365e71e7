package main

import (
	"bytes"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/CycloneDX/cyclonedx-gomod/pkg/generate/bin"
	"github.com/google/uuid"
	"github.com/rs/zerolog"
)

// describe returns the CycloneDX software bill of materials of a program: its modules with
// versions, checksums and licences. Its serial number and time follow from the program and the
// commit.
func (s source) describe(program string, modules []linkedModule) ([]byte, error) {
	generator, err := bin.NewGenerator(program,
		bin.WithIncludeStdlib(true), bin.WithVersionOverride("v"+s.version), bin.WithLogger(zerolog.Nop()))
	if err != nil {
		return nil, err
	}
	bom, err := generator.Generate()
	if err != nil {
		return nil, err
	}
	licences := map[string]cdx.Licenses{}
	for _, m := range modules {
		for _, id := range m.licences {
			licences[m.path] = append(licences[m.path], cdx.LicenseChoice{License: &cdx.License{ID: id}})
		}
	}
	for i := range *bom.Components {
		component := &(*bom.Components)[i]
		if found, ok := licences[component.Name]; ok {
			component.Licenses = &found
		}
	}
	bom.Metadata.Timestamp = s.time.Format(time.RFC3339)
	var content bytes.Buffer
	encoder := cdx.NewBOMEncoder(&content, cdx.BOMFileFormatJSON).SetPretty(true)
	if err := encoder.Encode(bom); err != nil {
		return nil, err
	}
	// The serial number is derived from the rest of the document.
	bom.SerialNumber = uuid.NewSHA1(uuid.NameSpaceOID, content.Bytes()).URN()
	content.Reset()
	if err := encoder.Encode(bom); err != nil {
		return nil, err
	}
	return content.Bytes(), nil
}
