package system

import (
	"context"
	"errors"
)

// Node says which one a member is, and where all of them are.
type Node struct {
	// Number is its own, from 0.
	Number int
	// Addresses are those of all members, by their number, and Clients those at
	// which clients would find them.
	Addresses, Clients []string
	// Dir is its folder.
	Dir string
}

// Open opens a member. It need not wait until there is a leader.
type Open func(Node) (Member, error)

// Member is one node of a system.
type Member interface {
	// Write sets the value of a key. It waits until the write is acknowledged, or ctx
	// ends.
	Write(ctx context.Context, key, value string) error
	// Read returns the value of a key, linearizably: it waits for what that takes, or
	// until ctx ends. A key that is not there has the empty value.
	Read(ctx context.Context, key string) (string, error)
	// Local returns the value that this node has, without asking others.
	Local(ctx context.Context, key string) (string, error)
	// Watch calls told with each new value of the key, until ctx ends. It calls ready
	// once, when no later value can be missed any more.
	Watch(ctx context.Context, key string, ready func(), told func(value string)) error
	// Leads reports whether the member is the leader.
	Leads() bool
	// Close ends the member in order.
	Close() error
}

// ErrNotLeader: the system wants writes and reads to be made at the leader.
var ErrNotLeader = errors.New("not the leader, and the system does not forward")

// All returns the systems by their names.
func All() map[string]Open {
	return map[string]Open{
		"gstate":     openGstate,
		"etcd":       openEtcd,
		"dragonboat": openDragonboat,
		"raft":       openEngine,
	}
}
