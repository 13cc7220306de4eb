package harness

import (
	"fmt"
	"strings"
	"time"
)

// Config is everything that decides a run.
type Config struct {
	// Time is how long the faults go on at most.
	Time time.Duration `json:"time_ns"`
	// Calm is how long the clients go on when the faults are over: what is promised
	// of a cluster that nothing happens to shows only there. Some rules need longer
	// than checker.StaleMax.
	Calm time.Duration `json:"calm_ns"`
	// Seed decides all that is drawn.
	Seed uint64 `json:"seed"`
	// Clients is their number. Client i asks node i mod the number of nodes.
	Clients int `json:"clients"`
	// Writes ends the faults when so many writes were invoked. 0: Time does.
	Writes int64 `json:"writes"`
	// Rate is how many operations a second all clients together begin.
	Rate int `json:"rate"`
	// Workloads and Nemeses are the names of what to draw from.
	Workloads []string `json:"workloads"`
	Nemeses   []string `json:"nemeses"`
	// Period is the time from one fault to the next.
	Period time.Duration `json:"period_ns"`
	// Command is what makes the same run again, for the person who reads the
	// report.
	Command string `json:"command"`
}

// ClientOf returns which client a process number belongs to, and false if it is
// that of an operation which the harness makes itself after the faults.
func (c Config) ClientOf(process int) (client int, ok bool) {
	if process >= livenessProcess || c.Clients < 1 {
		return 0, false
	}
	return process % c.Clients, true
}

// header is the first line of a run: what repeats it.
func (h *Harness) header() string {
	c := h.config
	until := c.Time.String()
	if c.Writes > 0 {
		until = fmt.Sprintf("%d writes in %v", c.Writes, c.Time)
	}
	return fmt.Sprintf("seed %d: %d nodes, %d clients, %s, workloads %s, faults %s", c.Seed, len(h.cluster.IDs()), c.Clients, until,
		strings.Join(c.Workloads, ","), strings.Join(c.Nemeses, ","))
}
