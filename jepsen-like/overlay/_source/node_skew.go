package main

import (
	"fmt"
	"os"
	"time"

	"example.com/gstate/jepsen-like/overlay/skew"
)

// init lets the clocks of this process go by the file that the environment names,
// if it names one.
func init() {
	path := os.Getenv(skew.Variable)
	if path == "" {
		return
	}
	clock, err := skew.Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	time.UseSkew(clock)
}
