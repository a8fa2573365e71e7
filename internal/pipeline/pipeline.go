// Package pipeline is the core: the journey of a file from its arrival to query-ready Parquet.
//
//	arrive → admit → claim → manifest → start → convert → publish → settle        sweep beside it
//
// Each step is in the file of its name. The package does no I/O of its own: everything it needs
// from outside is a port (see Ports), and the same code decides on one machine and on AWS.
//
// Every step may crash, be repeated, or race with itself. The ledger's conditional writes decide
// which batch a file belongs to. Everything a batch writes is named after the batch and is a pure
// function of its manifest. The commit record, created only if absent, makes a batch count.
package pipeline

import (
	"time"
)

// A Pipeline is the core with its ports. Its methods are safe for concurrent use.
type Pipeline struct {
	Ports
	reading
	Config Config
}

// reading embeds the reading half one level deeper than Ports, so that a Pipeline has its methods
// while a port's name still means the port.
type reading struct{ *Reader }

// New returns a pipeline. It reports settings that contradict each other and ports that are
// missing; the optional ports that are nil become no-ops.
func New(ports Ports, config Config) (*Pipeline, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if err := ports.complete(); err != nil {
		return nil, err
	}
	reader, err := NewReader(ports.Ledger, ports.Manifests, ports.Output, ports.Quarantine)
	if err != nil {
		return nil, err
	}
	return &Pipeline{Ports: ports, reading: reading{reader}, Config: config}, nil
}

func (p *Pipeline) now() time.Time { return p.Now().UTC() }
