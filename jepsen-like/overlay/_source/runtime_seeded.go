package runtime

import (
	"internal/runtime/atomic"
	_ "unsafe" // for linkname
)

// seededBubbles counts the bubbles that are seeded and not over. While there
// is one, nothing is preempted, and no thread that waits in a system call loses
// its P: both would come at a moment of the real time.
var seededBubbles atomic.Int32

// SeedBubble makes all that the runtime draws for the goroutines of this bubble
// follow from the seed. It must be called in a bubble, once.
func SeedBubble(seed uint64) {
	bubble := getg().bubble
	if bubble == nil || bubble.seeded {
		panic("runtime: SeedBubble not called once in a bubble")
	}
	bubble.random, bubble.seeded = seed, true
	seededBubbles.Add(1)
}

// seededBubble returns the bubble of this goroutine if it is seeded, or nil.
//
//go:nosplit
func seededBubble() *synctestBubble {
	if bubble := getg().bubble; bubble != nil && bubble.seeded {
		return bubble
	}
	return nil
}

// rand is splitmix64.
//
//go:nosplit
func (bubble *synctestBubble) rand() uint64 {
	bubble.random += 0x9e3779b97f4a7c15
	z := bubble.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// orderRand is cheaprand where the order of goroutines depends on it.
func orderRand() uint32 {
	if bubble := seededBubble(); bubble != nil {
		return uint32(bubble.rand())
	}
	return cheaprand()
}

// orderRandn is like orderRand() % n.
func orderRandn(n uint32) uint32 {
	return uint32(uint64(orderRand()) * uint64(n) >> 32)
}

// sysrand_seededRead fills b for crypto/rand, and returns false outside of
// seeded bubbles.
//
//go:linkname sysrand_seededRead crypto/internal/sysrand.seededRead
func sysrand_seededRead(b []byte) bool {
	bubble := seededBubble()
	if bubble == nil {
		return false
	}
	for i := range b {
		b[i] = byte(bubble.rand())
	}
	return true
}

// seededTicks counts how often the goroutines of seeded bubbles have come to run.
// Only the one P of the process counts.
var seededTicks uint32

func (bubble *synctestBubble) tick() {
	if bubble != nil && bubble.seeded {
		seededTicks++
	}
}

// fairTick counts as schedtick of the P does, but while a bubble is seeded only
// what its goroutines do: the others come at moments of the real time.
func fairTick(pp *p) uint32 {
	if seededBubbles.Load() > 0 {
		return seededTicks
	}
	return pp.schedtick
}

// muchGarbage is how much there must be before it is collected: this, and as much
// as was in use after the last time.
const muchGarbage = 256 << 20

// CollectSeeded collects garbage if there is much. How often goroutines run
// meanwhile does not count.
func CollectSeeded() {
	if gcController.heapLive.Load() < 2*gcController.heapMarked+muchGarbage {
		return
	}
	ticks := seededTicks
	GC()
	seededTicks = ticks
}
