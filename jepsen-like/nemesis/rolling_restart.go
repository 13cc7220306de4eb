package nemesis

import "fmt"

// RollingRestartName is the name of RollingRestart.
const RollingRestartName = "rolling-restart"

// RollingRestart ends all nodes in order and starts them again, one after the
// other, as the installation of a release does. Make one with NewRollingRestart.
type RollingRestart struct{ operator }

// NewRollingRestart returns the nemesis.
func NewRollingRestart(services Services) *RollingRestart {
	return &RollingRestart{operator{services: services}}
}

// Name returns RollingRestartName.
func (r *RollingRestart) Name() string { return RollingRestartName }

// Start restarts all nodes.
func (r *RollingRestart) Start(target Target) (string, error) {
	r.ran = r.services.Running(target.Node)
	return "", onAll(r.services, r.restart)
}

func (r *RollingRestart) restart(id string) error {
	if err := r.services.End(id); err != nil {
		return err
	}
	opened, err := r.services.Open(id)
	if err == nil && !opened {
		err = fmt.Errorf("node %s has not come up again", id)
	}
	return err
}
