package network

import "time"

// parcel is a packet that is under way.
type parcel struct {
	at     time.Time
	number uint64
	route  route
	to     *port
	packet []byte
}

// parcels is a heap of them: what arrives first is on top, and of those that
// arrive together what was sent first. It implements heap.Interface.
type parcels []parcel

func (p parcels) Len() int      { return len(p) }
func (p parcels) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p parcels) Less(i, j int) bool {
	if p[i].at.Equal(p[j].at) {
		return p[i].number < p[j].number
	}
	return p[i].at.Before(p[j].at)
}

// Push implements heap.Interface.
func (p *parcels) Push(x any) { *p = append(*p, x.(parcel)) }

// Pop implements heap.Interface.
func (p *parcels) Pop() any {
	last := len(*p) - 1
	x := (*p)[last]
	(*p)[last] = parcel{}
	*p = (*p)[:last]
	return x
}
