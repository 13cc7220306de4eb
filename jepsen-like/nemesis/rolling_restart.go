package nemesis

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

// Start restarts the nodes. Like an operator it does not go on when one does not come
// up again, which is nothing that the fault may do: the run tells of the end of the
// process.
func (r *RollingRestart) Start(target Target) (string, error) {
	r.ran = r.services.Running(target.Node)
	for _, id := range r.services.IDs() {
		opened, err := r.restart(id)
		if err != nil {
			return "", err
		}
		if !opened {
			return id + " has not come up again", nil
		}
	}
	return "", nil
}

func (r *RollingRestart) restart(id string) (opened bool, err error) {
	if err := r.services.End(id); err != nil {
		return false, err
	}
	return r.services.Open(id)
}
