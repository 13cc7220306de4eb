package transport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"example.com/gstate/transport"
	"example.com/gstate/transport/memnet"
)

// kindUpper is a request for the body in capitals.
const kindUpper transport.Kind = 1

func Example() {
	ctx := context.Background()
	network := memnet.New()
	open := func(id string) *transport.Transport {
		t, err := transport.Open(ctx, transport.Config{
			Network: network.Host(id), // leave it out for TCP
			Listen:  id + ":7000",
			Cluster: "example",
			ID:      id,
			Resolve: func(id string) (string, bool) { return id + ":7000", id != "nobody" },
		})
		if err != nil {
			panic(err)
		}
		return t
	}
	one, two := open("one"), open("two")
	defer one.Close()
	defer two.Close()

	two.Handle(kindUpper, func(ctx context.Context, from string, body []byte) ([]byte, error) {
		if len(body) == 0 {
			return nil, fmt.Errorf("nothing to do for %s", from)
		}
		return bytes.ToUpper(body), nil
	})

	response, err := one.Call(ctx, "two", kindUpper, []byte("hello"))
	fmt.Printf("%s %v\n", response, err)

	_, err = one.Call(ctx, "two", kindUpper, nil)
	if remote, ok := errors.AsType[*transport.RemoteError](err); ok {
		fmt.Println("the handler says:", remote.Text)
	}

	_, err = one.Call(ctx, "nobody", kindUpper, nil)
	if call, ok := errors.AsType[*transport.CallError](err); ok {
		fmt.Println("sent:", call.Sent, "no address:", errors.Is(err, transport.ErrNoAddress))
	}
	// Output:
	// HELLO <nil>
	// the handler says: nothing to do for one
	// sent: false no address: true
}
