package main

import (
	"bufio"
	"fmt"
	"os"
	"time"
)

// tellClocks is all that the program does: it tells what its clocks show, or how
// long its timers take on them, whenever it is asked.
func tellClocks() {
	start := time.Now()
	for orders := bufio.NewScanner(os.Stdin); orders.Scan(); {
		switch now := time.Now(); orders.Text() {
		case "look":
			fmt.Println(now.UnixNano(), int64(-time.Until(start)))
		case "wait":
			fmt.Println(int64(shortest()))
		}
	}
	os.Exit(0)
}

// shortest returns what is the least of a timer of 100 ms, two turns of a ticker,
// and two of one that was set anew.
func shortest() time.Duration {
	const turn = 50 * time.Millisecond
	start := time.Now()
	<-time.NewTimer(2 * turn).C
	least := time.Since(start)
	start = time.Now()
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	<-ticker.C
	<-ticker.C
	least = min(least, time.Since(start))
	start = time.Now()
	ticker.Reset(turn)
	<-ticker.C
	<-ticker.C
	return min(least, time.Since(start))
}
