package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"example.com/gstate/jepsen-like/harness"
	"example.com/gstate/jepsen-like/history"
)

const (
	// maxPoints is how many operations the page has one by one: a browser draws
	// them in some ten milliseconds, and they take two megabytes.
	maxPoints = 100_000
	// mostBuckets and shortestBucket bound the resolution of the rates.
	mostBuckets    = 600
	shortestBucket = 100 * time.Millisecond
)

// chart is what the script of the page draws. Times are in microseconds. No list
// is nil: the script knows lists alone.
type chart struct {
	End     int64        `json:"end"`
	Healed  int64        `json:"healed"`
	Nodes   []string     `json:"nodes"`
	Names   []string     `json:"names"`
	Faults  []chartFault `json:"faults"`
	Rows    []string     `json:"rows"`
	Lanes   []string     `json:"lanes"`
	Points  points       `json:"points"`
	Buckets buckets      `json:"buckets"`
	States  [][]state    `json:"states"`
	Outages []band       `json:"outages"`
	Marks   []mark       `json:"marks"`
}

// chartFault is a band. Row is its place in Rows, Name that in Names.
type chartFault struct {
	Name  int    `json:"name"`
	Row   int    `json:"row"`
	Start int64  `json:"start"`
	End   int64  `json:"end"`
	Text  string `json:"text"`
}

// band is a time.
type band struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// points are operations, one field a list: that is the shortest form.
type points struct {
	// Stride is how many operations there are to one that is shown, but around
	// the findings, where all are.
	Stride int `json:"stride"`
	// Start is counted from the start of the one before.
	Start []int64 `json:"start"`
	Took  []int64 `json:"took"`
	Lane  []int   `json:"lane"`
	// What is a place in Kinds; Place is the index of the event in the history,
	// counted from that of the one before.
	What  []int  `json:"what"`
	Place []int  `json:"place"`
	Kinds []what `json:"kinds"`
}

// what is all that many operations have in common.
type what struct {
	Workload string           `json:"workload"`
	Function history.Function `json:"function"`
	Node     string           `json:"node"`
	Kind     history.Kind     `json:"kind"`
	Code     string           `json:"code,omitempty"`
}

// buckets count operations by the time of their end, in equal parts of the run.
type buckets struct {
	Width   int64 `json:"width"`
	OK      []int `json:"ok"`
	Refused []int `json:"refused"`
	Unknown []int `json:"unknown"`
	// P50 and P99 are of those that were done, 0 where there are none.
	P50 []int64 `json:"p50"`
	P99 []int64 `json:"p99"`
}

// state is what a node said of itself from Start to End.
type state struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
	// Role is "silent" when it did not answer.
	Role  string `json:"role"`
	Term  uint64 `json:"term"`
	Ready bool   `json:"ready"`
	// Behind is by how many revisions it was behind the others at most.
	Behind uint64 `json:"behind"`
}

// mark is a finding on the time axis.
type mark struct {
	At   int64  `json:"at"`
	ID   string `json:"id"`
	Text string `json:"text"`
}

// chartOf gathers what is to be drawn.
func chartOf(r harness.Record, s Summary, operations []operation, drawings []drawing, colours map[string]int) chart {
	c := chart{
		End:     s.Duration.Microseconds(),
		Healed:  s.Healed.Microseconds(),
		Nodes:   append([]string{}, r.Nodes...),
		Names:   make([]string, len(colours)),
		Faults:  []chartFault{},
		Rows:    []string{},
		Lanes:   []string{},
		Marks:   []mark{},
		Outages: []band{},
		Points:  points{Start: []int64{}, Took: []int64{}, Lane: []int{}, What: []int{}, Place: []int{}, Kinds: []what{}},
		Buckets: bucketsOf(operations, s.Duration),
		States:  statesOf(r.Samples, r.Nodes),
	}
	for name, colour := range colours {
		c.Names[colour] = name
	}
	var moments []time.Duration
	for _, d := range drawings {
		c.Marks = append(c.Marks, mark{d.At.Microseconds(), d.ID, d.Finding.Rule + ": " + d.Finding.Text})
		moments = append(moments, d.At)
	}
	for _, o := range s.Outages {
		c.Outages = append(c.Outages, band{o.Start.Microseconds(), o.End.Microseconds()})
	}
	c.addFaults(s.Faults, colours)
	c.addPoints(r.Config, operations, moments)
	return c
}

// addFaults gives each node a row, and another one to a fault that begins while
// the row is taken.
func (c *chart) addFaults(faults []Fault, colours map[string]int) {
	nodes := slices.Clone(c.Nodes)
	for _, f := range faults {
		if !slices.Contains(nodes, f.Node) {
			nodes = append(nodes, f.Node)
		}
	}
	for _, node := range nodes {
		first := len(c.Rows)
		free := []time.Duration{0}
		c.Rows = append(c.Rows, node)
		for _, f := range faults {
			if f.Node != node {
				continue
			}
			row := slices.IndexFunc(free, func(t time.Duration) bool { return t <= f.Start })
			if row < 0 {
				row = len(free)
				free = append(free, 0)
				c.Rows = append(c.Rows, "")
			}
			free[row] = f.End
			text := fmt.Sprintf("%s, %s", f, length(f.End-f.Start))
			c.Faults = append(c.Faults, chartFault{colours[f.Name], first + row, f.Start.Microseconds(), f.End.Microseconds(), text})
		}
	}
}

// nearby is how close to a finding every operation is shown.
const nearby = 2 * time.Second

// addPoints adds the operations, if there are very many only each so-and-so-many
// of them, and all that are near one of the moments.
func (c *chart) addPoints(config harness.Config, operations []operation, moments []time.Duration) {
	c.Points.Stride = max(1, (len(operations)+maxPoints-1)/maxPoints)
	kinds := map[what]int{}
	for client := range config.Clients {
		c.Lanes = append(c.Lanes, fmt.Sprint(client))
	}
	c.Lanes = append(c.Lanes, "end")
	var start time.Duration
	place := 0
	for i, o := range operations {
		near := func(t time.Duration) bool { return (t - o.start).Abs() < nearby }
		if i%c.Points.Stride != 0 && !slices.ContainsFunc(moments, near) {
			continue
		}
		p := &c.Points
		p.Start = append(p.Start, o.start.Microseconds()-start.Microseconds())
		p.Took = append(p.Took, o.took().Microseconds())
		p.Place = append(p.Place, o.Invoked-place)
		p.Lane = append(p.Lane, lane(config, o.Process))
		p.What = append(p.What, p.kind(what{o.Workload, o.Function, o.Node, o.Kind, o.Code}, kinds))
		start, place = o.start, o.Invoked
	}
}

// lane returns the place of a process among Lanes: that of its client, or the
// last one for what is done after the faults.
func lane(config harness.Config, process int) int {
	client, ok := config.ClientOf(process)
	if !ok {
		return config.Clients
	}
	return client
}

func (p *points) kind(w what, kinds map[what]int) int {
	at, known := kinds[w]
	if !known {
		at = len(p.Kinds)
		kinds[w] = at
		p.Kinds = append(p.Kinds, w)
	}
	return at
}

func bucketsOf(operations []operation, end time.Duration) buckets {
	width := max(shortestBucket, end/mostBuckets).Round(shortestBucket)
	count := int(end/width) + 1
	b := buckets{
		Width: width.Microseconds(),
		OK:    make([]int, count), Refused: make([]int, count), Unknown: make([]int, count),
		P50: make([]int64, count), P99: make([]int64, count),
	}
	took := make([][]time.Duration, count)
	for _, o := range operations {
		at := int(o.end / width)
		switch o.Kind {
		case history.OK:
			b.OK[at]++
			took[at] = append(took[at], o.took())
		case history.Fail:
			b.Refused[at]++
		default:
			b.Unknown[at]++
		}
	}
	for at := range took {
		slices.Sort(took[at])
		b.P50[at] = quantile(took[at], 0.5).Microseconds()
		b.P99[at] = quantile(took[at], 0.99).Microseconds()
	}
	return b
}

// silent is the role of a node that does not answer.
const silent = "silent"

// statesOf returns the states of each node, in their order. A sample holds until
// the next one.
func statesOf(samples []harness.Sample, nodes []string) [][]state {
	states := make([][]state, len(nodes))
	for n := range states {
		states[n] = []state{}
	}
	for i, sample := range samples {
		end := sample.Time
		if i+1 < len(samples) {
			end = samples[i+1].Time
		}
		newest := newestOf(sample)
		for n, node := range nodes {
			now := state{Start: sample.Time.Microseconds(), End: end.Microseconds(), Role: silent}
			if status, ok := sample.Statuses[node]; ok {
				now.Role, now.Term, now.Ready = status.Role, status.Term, status.Ready
				now.Behind = newest - status.Revision
			}
			states[n] = extend(states[n], now)
		}
	}
	return states
}

func newestOf(sample harness.Sample) uint64 {
	var newest uint64
	for _, status := range sample.Statuses {
		newest = max(newest, status.Revision)
	}
	return newest
}

// fewBehind is by how many revisions a node may seem behind because the answers
// are not of the same moment.
const fewBehind = 20

// extend lets the last state go on if nothing has changed, and else adds another.
func extend(states []state, now state) []state {
	if len(states) > 0 {
		last := &states[len(states)-1]
		alike := *last
		alike.Start, alike.End, alike.Behind = now.Start, now.End, now.Behind
		if alike == now && max(last.Behind, now.Behind) <= fewBehind {
			last.End = now.End
			last.Behind = max(last.Behind, now.Behind)
			return states
		}
	}
	return append(states, now)
}

// colours numbers the names of the faults: each has a colour of its own.
func coloursOf(faults []Fault) map[string]int {
	names := map[string]bool{}
	for _, f := range faults {
		names[f.Name] = true
	}
	colours := map[string]int{}
	for i, name := range slices.Sorted(maps.Keys(names)) {
		colours[name] = i
	}
	return colours
}
