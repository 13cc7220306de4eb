package nemesis_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/gstate/jepsen-like/nemesis"
	"example.com/gstate/jepsen-like/overlay/skew"
)

var errBroken = errors.New("broken")

// machines are nodes with disks, files and clocks, in all the ways in which nemeses see
// them. They note what is done to them.
type machines struct {
	ids []string
	// mu guards what a fault changes on a goroutine of its own.
	mu sync.Mutex
	// down and paused hold the nodes that are so, and damaged those that do not
	// open their folder.
	down, paused, damaged map[string]bool
	// disks has those that are not sound.
	disks map[string]nemesis.Disk
	// skews has the clocks that are not, and looks counts the looks at them.
	skews map[string]skew.Skew
	looks map[string]uint64
	// files is what each folder holds at first.
	files map[string]string
	// log has a line for each change, with the time since the start.
	log      []string
	start    time.Time
	hindered uint64
	// broken makes each change fail. unable is why nothing can be done but to
	// kill. idle nodes want nothing of their disks and clocks, and blind ones see no damage.
	broken bool
	unable error
	idle   bool
	blind  bool
}

func newMachines() *machines {
	return &machines{
		ids:   []string{"a", "b", "c"},
		start: time.Now(),
		down:  map[string]bool{}, paused: map[string]bool{}, damaged: map[string]bool{},
		disks: map[string]nemesis.Disk{},
		skews: map[string]skew.Skew{}, looks: map[string]uint64{},
		files: map[string]string{"log": "abcdefgh", "snapshots/1/state": "ijklmnop"},
	}
}

// ofAll returns all nemeses there are.
func ofAll(m *machines) []nemesis.Nemesis {
	return slices.Concat(nemesis.OfNodes(m), nemesis.OfServices(m), nemesis.OfFiles(m), nemesis.OfDisks(m), nemesis.OfClocks(m))
}

// note adds a line to the log, unless the machines are broken.
func (m *machines) note(line string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.noteLocked(line)
}

func (m *machines) noteLocked(line string) error {
	if m.broken {
		return errBroken
	}
	m.log = append(m.log, fmt.Sprintf("%v %s", time.Since(m.start), line))
	return nil
}

func (m *machines) change(state map[string]bool, what, id string, to bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errBroken
	}
	if state[id] == to {
		return nil
	}
	state[id] = to
	return m.noteLocked(what + " " + id)
}

func (m *machines) Running(id string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.down[id] && !m.paused[id]
}

func (m *machines) IDs() []string          { return m.ids }
func (m *machines) Kill(id string) error   { return m.change(m.down, "kill", id, true) }
func (m *machines) Start(id string) error  { return m.change(m.down, "start", id, false) }
func (m *machines) CanPause() error        { return m.unable }
func (m *machines) Pause(id string) error  { return m.change(m.paused, "pause", id, true) }
func (m *machines) Resume(id string) error { return m.change(m.paused, "resume", id, false) }

func (m *machines) CanEnd() error           { return m.unable }
func (m *machines) End(id string) error     { return m.change(m.down, "end", id, true) }
func (m *machines) Succeed(id string) error { return m.note("succeed " + id) }

func (m *machines) Open(id string) (opened bool, err error) {
	if m.damaged[id] && !m.blind {
		return false, m.note(id + " refuses")
	}
	m.damaged[id] = false
	return true, errors.Join(m.note("open "+id), m.Start(id))
}

func (m *machines) SupportsDisk(nemesis.Disk) error { return m.unable }
func (m *machines) Hindered() uint64                { return m.hindered }

func (m *machines) SetDisk(id string, disk nemesis.Disk) error {
	if m.broken {
		return errBroken
	}
	if m.disks[id] == disk {
		return nil
	}
	if m.disks[id] = disk; disk == (nemesis.Disk{}) {
		return m.note("sound " + id)
	}
	if !m.idle {
		m.hindered++
	}
	return m.note(describe(disk) + " " + id)
}

func describe(disk nemesis.Disk) string {
	switch {
	case disk.Dead:
		return "dead"
	case disk.Full:
		return "full"
	case disk.Hung:
		return "hung"
	case disk.FailedFlushes:
		return "failing"
	}
	return "slow"
}

func (m *machines) CanShift() error { return m.unable }

func (m *machines) Looks(id string) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.looks[id]
}

func (m *machines) SetClock(id string, to skew.Skew) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken {
		return errBroken
	}
	if m.skews[id] == to {
		return nil
	}
	if m.skews[id] = to; to == (skew.Skew{}) {
		return m.noteLocked("right " + id)
	}
	if !m.idle {
		m.looks[id]++
	}
	return m.noteLocked(fmt.Sprintf("%+v %s", to, id))
}

func (m *machines) CanDamage() error { return m.unable }

func (m *machines) Files(string) ([]string, error) { return []string{"log", "snapshots/1/state"}, nil }

func (m *machines) Damage(id, name string, change func([]byte) []byte) error {
	m.damaged[id] = true
	if change == nil {
		return m.note(fmt.Sprintf("remove %s of %s", name, id))
	}
	return m.note(fmt.Sprintf("%s of %s is %q", name, id, change([]byte(m.files[name]))))
}

func (m *machines) Repair(id string) error { return m.change(m.damaged, "repair", id, false) }

// hurt counts the nodes that are not well.
func (m *machines) hurt() int {
	n := 0
	for _, id := range m.ids {
		if !m.Running(id) || m.damaged[id] || m.disks[id] != (nemesis.Disk{}) || m.skews[id] != (skew.Skew{}) {
			n++
		}
	}
	return n
}

// steps returns the log without the times.
func (m *machines) steps() string {
	var steps []string
	for _, line := range m.log {
		_, step, _ := strings.Cut(line, " ")
		steps = append(steps, step)
	}
	return strings.Join(steps, "; ")
}
