package nemesis

// RestartName is the name of Restart.
const RestartName = "restart"

// Restart ends a node in order, under load, and starts it again: a leader hands
// its office over, and requests that wait are answered. Make one with NewRestart.
type Restart struct{ operator }

// NewRestart returns the nemesis.
func NewRestart(services Services) *Restart { return &Restart{operator{services: services}} }

// Name returns RestartName.
func (r *Restart) Name() string { return RestartName }

// Start ends the node.
func (r *Restart) Start(target Target) (string, error) {
	r.ran = r.services.Running(target.Node)
	return "", r.services.End(target.Node)
}
