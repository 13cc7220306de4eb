package harness

import (
	"fmt"
	"strings"
	"time"
)

// Config is everything that decides a run.
type Config struct {
	// Time is how long the faults go on at most.
	Time time.Duration
	// Seed decides all that is drawn.
	Seed uint64
	// Clients is their number. Client i asks node i mod the number of nodes.
	Clients int
	// Writes ends the faults when so many writes were invoked. 0: Time does.
	Writes int64
	// Workloads and Nemeses are the names of what to draw from.
	Workloads, Nemeses []string
	// Period is the time from one fault to the next.
	Period time.Duration
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
