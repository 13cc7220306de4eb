package checker

import "example.com/gstate/jepsen-like/history"

// Lasting returns the calls of the items that do not end by themselves, for
// Items, which takes no account of such ends. It leaves out refusals that may tell
// of another item, such as a lock.
func Lasting(calls []history.Call) []history.Call {
	ends := map[string]bool{}
	for _, call := range calls {
		if call.Ends() || call.While != "" {
			ends[call.Item] = true
		}
	}
	var lasting []history.Call
	for _, call := range calls {
		if !ends[call.Item] && (call.Kind != history.Fail || !call.Depends()) {
			lasting = append(lasting, call)
		}
	}
	return lasting
}
