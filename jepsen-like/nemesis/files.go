package nemesis

import (
	"bytes"
	"math/rand/v2"
	"time"
)

// Files is what faults of a stopped node's files are made of.
type Files interface {
	Services
	// CanDamage returns nil, or why files cannot be changed here.
	CanDamage() error
	// Files returns the names of a node's files, which are paths in its folder
	// with slashes, in order.
	Files(id string) ([]string, error)
	// Damage gives a file of a stopped node the content that change makes of it.
	// Without change, the file or folder is removed. A node that does not open
	// such a folder does what it must: that is no crash.
	Damage(id, name string, change func([]byte) []byte) error
	// Repair puts a stopped node's files back as they were before the first
	// Damage. If the node has opened its folder since, it does nothing: what the
	// node has promised from there must be kept.
	Repair(id string) error
}

// OfFiles returns every nemesis that damages files.
func OfFiles(files Files) []Nemesis {
	return []Nemesis{NewBitFlips(files), NewTornTail(files), NewLostFile(files)}
}

// damage is the common part of faults that damage the files of one node: it is
// stopped, its files are changed, and it is started again. It must see the
// damage, say so and not start; then its files are put back. Or it starts: then
// the damage is none, and it goes on with it.
type damage struct {
	files Files
	// effect is what the node has done about the damage: it has refused it, or
	// borne it. Much of what a node has it does not need any more.
	effect string
	// changed says that there is a damage at all: nothing can be taken from an empty
	// file.
	changed bool
}

// Kind returns Node.
func (d *damage) Kind() Kind { return Node }

// Available returns nil where files can be changed.
func (d *damage) Available() error { return d.files.CanDamage() }

// Lasts returns a short time: starting the node takes its own.
func (d *damage) Lasts(period time.Duration) (least, most time.Duration) {
	return period / 4, period / 2
}

// inflict stops the node, draws one of its files, damages it, and starts the
// node. What change returns tells what it has done.
func (d *damage) inflict(target Target, change func(file string, random *rand.Rand) (detail string, err error)) (string, error) {
	d.effect, d.changed = "", false
	if err := d.files.Kill(target.Node); err != nil {
		return "", err
	}
	names, err := d.files.Files(target.Node)
	if err != nil || len(names) == 0 {
		return "no files", err
	}
	detail, err := change(names[target.Random.IntN(len(names))], target.Random)
	if err != nil {
		return "", err
	}
	opened, err := d.files.Open(target.Node)
	if d.effect = "refused to start"; opened {
		d.effect = effectIf(d.changed, "borne")
	}
	return detail, err
}

// alter damages a file, and notes whether that changes it.
func (d *damage) alter(node, file string, change func([]byte) []byte) error {
	return d.files.Damage(node, file, func(content []byte) []byte {
		before := bytes.Clone(content)
		after := change(content)
		d.changed = !bytes.Equal(before, after)
		return after
	})
}

// remove removes a file or folder.
func (d *damage) remove(node, file string) error {
	d.changed = true
	return d.files.Damage(node, file, nil)
}

// Stop puts the files back of a node that does not start, and starts it.
func (d *damage) Stop(target Target) (string, error) {
	return d.effect, d.restore(target.Node)
}

// Heal does so with all nodes.
func (d *damage) Heal() error { return onAll(d.files, d.restore) }

func (d *damage) restore(id string) error {
	if err := d.files.Repair(id); err != nil {
		return err
	}
	return d.files.Start(id)
}
