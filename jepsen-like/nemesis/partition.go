package nemesis

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"example.com/gstate/jepsen-like/history"
)

// The names of the partitions.
const (
	PartitionOneName    = "partition-one"
	PartitionHalvesName = "partition-halves"
	PartitionRingName   = "partition-ring"
	PartitionBridgeName = "partition-bridge"
	PartitionOneWayName = "partition-one-way"
)

// Parts reports whether the event is the start of a partition.
func Parts(event history.Event) bool {
	switch event.Function {
	case PartitionOneName, PartitionHalvesName, PartitionRingName, PartitionBridgeName, PartitionOneWayName, PartitionFlappingName:
		return true
	}
	return false
}

// ErrTooFewNodes: the partition has no such shape with so few.
var ErrTooFewNodes = errors.New("too few nodes")

// leastRing is how many nodes a ring needs: of three each is a neighbour of both
// others.
const leastRing = 4

// shape draws which directions a partition cuts. The first node is the one that
// is hit; the others are in random order. The detail says what was drawn.
type shape func(ids []string, random *rand.Rand) (cut []route, detail string)

// Partition cuts links between nodes.
type Partition struct {
	wires
	name  string
	shape shape
}

// partitions returns every nemesis that does nothing but cut.
func partitions(links Links) []Nemesis {
	var all []Nemesis
	for _, p := range []struct {
		name  string
		shape shape
	}{
		{PartitionOneName, cutOne},
		{PartitionHalvesName, cutHalves},
		{PartitionRingName, cutRing},
		{PartitionBridgeName, cutBridge},
		{PartitionOneWayName, cutOneWay},
	} {
		all = append(all, &Partition{wires{links: links}, p.name, p.shape})
	}
	return append(all, newFlapping(links))
}

// Name returns the name of the partition's shape.
func (p *Partition) Name() string { return p.name }

// Available returns nil where links can be cut, and the shape has some.
func (p *Partition) Available() error {
	if p.name == PartitionRingName && len(p.links.IDs()) < leastRing {
		return fmt.Errorf("%w: a ring needs %d", ErrTooFewNodes, leastRing)
	}
	return p.links.Supports(Link{Cut: true})
}

// Lasts returns times that are mostly longer than an election, so that those
// who are cut off miss something.
func (p *Partition) Lasts(period time.Duration) (least, most time.Duration) {
	return period / 2, period * 3 / 2
}

// Start cuts the links.
func (p *Partition) Start(target Target) (string, error) {
	cut, detail := p.shape(order(p.links.IDs(), target), target.Random)
	return detail, p.begin(cut, Link{Cut: true})
}

// order returns the nodes with the target first, and the others shuffled.
func order(ids []string, target Target) []string {
	ordered := slices.Clone(ids)
	target.Random.Shuffle(len(ordered), func(i, j int) { ordered[i], ordered[j] = ordered[j], ordered[i] })
	at := slices.Index(ordered, target.Node)
	ordered[0], ordered[at] = ordered[at], ordered[0]
	return ordered
}

// cutOne isolates the first node.
func cutOne(ids []string, _ *rand.Rand) ([]route, string) {
	return between(ids[:1], ids[1:]), ""
}

// cutHalves leaves the first node on the smaller side.
func cutHalves(ids []string, _ *rand.Rand) ([]route, string) {
	few := (len(ids) - 1) / 2
	return between(ids[:few], ids[few:]), sides(ids[:few], ids[few:])
}

// cutRing leaves each node a majority, itself and its neighbours in a ring, and
// no two nodes the same one.
func cutRing(ids []string, _ *rand.Rand) ([]route, string) {
	size := len(ids)
	// neighbours is how many there are at least on each side.
	neighbours := (size/2 + 1) / 2
	var cut []route
	for i, from := range ids {
		for step := neighbours + 1; step < size-neighbours; step++ {
			cut = append(cut, route{from, ids[(i+step)%size]})
		}
	}
	return cut, strings.Join(ids, "-")
}

// cutBridge leaves the first node as the only way between two halves.
func cutBridge(ids []string, _ *rand.Rand) ([]route, string) {
	others := ids[1:]
	half := len(others) / 2
	return between(others[:half], others[half:]), sides(others[:half], others[half:])
}

// cutOneWay makes the first node deaf or mute.
func cutOneWay(ids []string, random *rand.Rand) ([]route, string) {
	if random.IntN(2) == 0 {
		return oneWay(ids[1:], ids[:1]), "deaf"
	}
	return oneWay(ids[:1], ids[1:]), "mute"
}

// between returns both directions between two groups.
func between(some, others []string) []route {
	return append(oneWay(some, others), oneWay(others, some)...)
}

func oneWay(from, to []string) []route {
	var all []route
	for _, f := range from {
		for _, t := range to {
			all = append(all, route{f, t})
		}
	}
	return all
}

// sides is how the history names two groups, as in "a | b c".
func sides(some, others []string) string {
	return fmt.Sprintf("%s | %s", strings.Join(some, " "), strings.Join(others, " "))
}
