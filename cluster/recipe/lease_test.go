package recipe_test

import (
	"testing"

	"example.com/gstate/cluster/recipe"
	"example.com/gstate/tree"
)

// TestLateWithdrawalSparesTheSuccessor: what a call has left may be gone, and
// another one in its place, when its withdrawal arrives.
func TestLateWithdrawalSparesTheSuccessor(t *testing.T) {
	inVirtualTime(t, func(t *testing.T, v *virtual) {
		node, path := v.nodes["a"], tree.Path{"members", "x"}
		insert := func(value string) uint64 { return must(node.Insert(t.Context(), path, value))(t) }
		first := insert("first")
		must(node.Remove(t.Context(), path))(t)
		second := insert("second")

		recipe.Withdraw(node, path, ttl, first)
		if item, _ := node.Tree().Get(path); item.Value().Str() != "second" {
			t.Error("the withdrawal of the first has removed the second")
		}
		recipe.Withdraw(node, path, ttl, second)
		if _, there := node.Tree().Get(path); there {
			t.Error("the second is not withdrawn")
		}
	})
}
