package cost

import (
	_ "embed"
	"encoding/json"
	"maps"
)

//go:embed requests.json
var requestsJSON []byte

// A Count is the number of requests of batches and sweeps.
type Count struct {
	Measured string  `json:"measured"` // what was counted, and what was not
	Runs     []Run   `json:"runs"`
	Sweeps   []Sweep `json:"sweeps"`
}

// A Sweep counts the requests of a pass of the sweeper that found nothing to do.
type Sweep struct {
	Dates     int                       `json:"dates"`  // that the ledger knows
	Listed    int                       `json:"listed"` // files looked up; 0: the input was not listed
	Requests  map[string]map[string]int `json:"requests"`
	ReadUnits float64                   `json:"read_units"`
	LogBytes  int                       `json:"log_bytes"`
}

// A Run counts the requests of one batch, from the arrival of its files to its settlement, without
// failures.
type Run struct {
	Engine           string                    `json:"engine"`
	Files            int                       `json:"files"`
	Invocations      map[string]int            `json:"invocations"` // by function
	StateTransitions int                       `json:"state_transitions"`
	Requests         map[string]map[string]int `json:"requests"` // by service and operation
	WriteUnits       float64                   `json:"write_units"`
	ReadUnits        float64                   `json:"read_units"`
	LogBytes         int                       `json:"log_bytes"`
}

// Counts returns the counts that the model uses.
func Counts() Count {
	var c Count
	if err := json.Unmarshal(requestsJSON, &c); err != nil {
		panic("cost/requests.json: " + err.Error()) // part of the program
	}
	return c
}

// Clone returns a copy that shares nothing with r.
func (r Run) Clone() Run {
	r.Invocations = maps.Clone(r.Invocations)
	requests := make(map[string]map[string]int, len(r.Requests))
	for service, operations := range r.Requests {
		requests[service] = maps.Clone(operations)
	}
	r.Requests = requests
	return r
}
