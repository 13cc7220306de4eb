package memnet_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"example.com/gstate/transport/memnet"
)

func Example() {
	ctx := context.Background()
	network := memnet.New()
	listener, err := network.Host("b").Listen(ctx, "b:7000")
	if err != nil {
		panic(err)
	}
	defer listener.Close()
	dialled, err := network.Host("a").Dial(ctx, "b:7000")
	if err != nil {
		panic(err)
	}
	defer dialled.Close()
	accepted, err := listener.Accept()
	if err != nil {
		panic(err)
	}
	defer accepted.Close()

	network.Cut("a", "b")
	dialled.Write([]byte("hello"))
	accepted.SetReadDeadline(time.Now().Add(time.Millisecond))
	buffer := make([]byte, 10)
	_, err = accepted.Read(buffer)
	fmt.Println("deadline exceeded:", errors.Is(err, os.ErrDeadlineExceeded))

	network.Heal("a", "b")
	accepted.SetReadDeadline(time.Time{})
	n, err := accepted.Read(buffer)
	fmt.Printf("%s %v\n", buffer[:n], err)
	// Output:
	// deadline exceeded: true
	// hello <nil>
}
