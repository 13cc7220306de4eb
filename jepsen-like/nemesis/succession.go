package nemesis

// SuccessionName is the name of Succession.
const SuccessionName = "succession"

// Succession starts a node while its predecessor is still ending, as a service
// manager does that has lost track of it: the folder is locked and the addresses
// are taken. Two must never run on one folder. Make one with NewSuccession.
type Succession struct{ operator }

// NewSuccession returns the nemesis.
func NewSuccession(services Services) *Succession { return &Succession{operator{services: services}} }

// Name returns SuccessionName.
func (s *Succession) Name() string { return SuccessionName }

// Start asks the node to end and starts its successor.
func (s *Succession) Start(target Target) (string, error) {
	s.ran = s.services.Running(target.Node)
	return "", s.services.Succeed(target.Node)
}

// Stop starts the node, if its successor has given up.
func (s *Succession) Stop(target Target) (string, error) {
	_, err := s.services.Open(target.Node)
	if err == nil {
		err = s.services.Start(target.Node)
	}
	return effectIf(s.ran, "succeeded"), err
}
