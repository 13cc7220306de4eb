package nemesis

// DeadDiskName is the name of DeadDisk.
const DeadDiskName = "dead-disk"

// DeadDisk lets every write of a node fail until its disk is plugged in again,
// with what it had flushed. The node must end by itself, and not say of anything
// that it has stored it: what it reads may still be there, in memory. Make one
// with NewDeadDisk.
type DeadDisk struct {
	brief
	hinder
}

// NewDeadDisk returns the nemesis.
func NewDeadDisk(disks Disks) *DeadDisk { return &DeadDisk{hinder: hinder{disks: disks}} }

// Name returns DeadDiskName.
func (d *DeadDisk) Name() string { return DeadDiskName }

// Available returns nil where disks can die.
func (d *DeadDisk) Available() error { return d.disks.SupportsDisk(Disk{Dead: true}) }

// Start lets the disk die.
func (d *DeadDisk) Start(target Target) (string, error) {
	return "", d.begin(Disk{Dead: true}, target.Node)
}

// Stop plugs the disk in again and starts the node.
func (d *DeadDisk) Stop(target Target) (string, error) {
	return d.effect(), d.restart(target.Node)
}
