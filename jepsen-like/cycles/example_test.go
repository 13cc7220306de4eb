package cycles_test

import (
	"fmt"

	"example.com/gstate/jepsen-like/cycles"
)

// Two transactions each read what the other one is about to change.
func ExampleCheck() {
	found := cycles.Check([]cycles.Transaction{
		{Process: 1, Call: 1, Return: 4, Ops: []cycles.Op{cycles.Read("x"), cycles.Append("y", 1)}},
		{Process: 2, Call: 2, Return: 3, Ops: []cycles.Op{cycles.Read("y"), cycles.Append("x", 1)}},
	})
	for _, anomaly := range found {
		fmt.Println(anomaly)
	}
	// Output:
	// G2-item: each comes before the next one:
	// 	T0 -rw-> T1 (has not read x+1)
	// 	T1 -rw-> T0 (has not read y+1)
	// 	T0 [1-4] of process 1: [x=[] y+1]
	// 	T1 [2-3] of process 2: [y=[] x+1]
}
