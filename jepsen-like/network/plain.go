package network

import (
	"fmt"

	"example.com/gstate/jepsen-like/nemesis"
)

// plain is the loopback interface.
type plain struct {
	*lines
	places map[string]Place
}

// openPlain chooses free ports.
func openPlain(ids []string) (*plain, error) {
	addresses, err := freeAddresses(2 * len(ids))
	if err != nil {
		return nil, err
	}
	p := &plain{lines: newLines(ids, 0), places: map[string]Place{}}
	peers := map[string]string{}
	for i, id := range ids {
		peers[id] = addresses[2*i]
		p.places[id] = Place{Listen: addresses[2*i], HTTP: addresses[2*i+1], Peers: peers}
	}
	return p, nil
}

// Supports returns nil for a sound link alone.
func (p *plain) Supports(link nemesis.Link) error {
	if link != (nemesis.Link{}) {
		return fmt.Errorf("%w: nothing is between nodes that share the loopback interface", ErrUnsupported)
	}
	return nil
}

// SetLink refuses a link that is not sound.
func (p *plain) SetLink(from, to string, link nemesis.Link) error {
	if err := p.Supports(link); err != nil {
		return err
	}
	return p.lines.SetLink(from, to, link)
}

// Place implements Network.
func (p *plain) Place(id string) Place { return p.places[id] }

// Enter implements Network: all processes of this machine are there.
func (p *plain) Enter(_ string, start func() error) error { return start() }

// Dial implements Network.
func (p *plain) Dial(dial Dial) Dial { return dial }

// Close implements Network.
func (p *plain) Close() error { return nil }
