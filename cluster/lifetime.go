package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// lifetime owns the goroutines of a node and its end.
type lifetime struct {
	// ctx ends, with ErrClosed as its cause, when the node begins to stop.
	ctx    context.Context
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup
	// onEngine are the goroutines that wait for answers of the engine.
	onEngine sync.WaitGroup

	mu struct {
		sync.Mutex
		// begun is true once Open has succeeded: before, Open cleans up.
		begun bool
		// ending is true once no goroutine may be started any more.
		ending bool
		// err is why the node has failed by itself.
		err error
	}
}

func (l *lifetime) init() {
	l.ctx, l.cancel = context.WithCancelCause(context.Background())
}

// start runs f on a goroutine that the node waits for when it closes. f must
// return when its context ends. It reports false when the node is closing.
func (n *Node) start(f func(ctx context.Context)) bool {
	l := &n.life
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.ending {
		return false
	}
	l.wg.Go(func() { f(l.ctx) })
	return true
}

// startOnEngine runs f, which waits for answers of the engine and returns when
// it has them, on a goroutine that the node waits for before it shuts the
// engine down: an answer that the engine still owes then never comes.
func (n *Node) startOnEngine(f func()) {
	l := &n.life
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.mu.ending {
		l.onEngine.Go(f)
	}
}

// begin ends the time in which Open cleans up after a failure.
func (l *lifetime) begin(n *Node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.begun = true
	if l.mu.err != nil {
		go n.stop()
	}
}

// fail stops a node that cannot go on. It does not wait.
func (n *Node) fail(cause error) {
	l := &n.life
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mu.ending || l.mu.err != nil {
		return
	}
	l.mu.err = cause
	n.log.Error("member stops", "id", n.cfg.ID, "error", cause)
	if l.mu.begun {
		go n.stop() // ends with Done
	}
}

// Err returns why the node has stopped by itself: nil while it runs, and after
// Close.
func (n *Node) Err() error {
	n.life.mu.Lock()
	defer n.life.mu.Unlock()
	return n.life.mu.err
}

// Done returns a channel that is closed when the node has ended: after Close,
// or by itself, and then Err says why.
func (n *Node) Done() <-chan struct{} { return n.done }

// Shutdown ends the node gracefully, and is how a service should end it: it
// refuses new writes, waits for those under way, and then does what Close does.
// When ctx ends it no longer waits for writes. The error is always nil.
func (n *Node) Shutdown(ctx context.Context) error {
	n.outbox.close(ErrClosed)
	n.outbox.drain(ctx)
	return n.Close()
}

// Close ends the node now. It first ends what lives with its session (Ephemeral),
// and if it leads hands over leadership; each may take up to the election
// timeout. Writes under way end with ErrClosed, or with ErrOutcomeUnknown if they
// were sent. It returns when the node has ended and nothing that it started is
// left, unless the disk hangs: the log says so, and the rest ends with the disk.
// The error is always nil. Further calls wait for the end too.
func (n *Node) Close() error {
	n.outbox.close(ErrClosed)
	n.leaveSession()
	n.handOver()
	n.stop()
	return nil
}

// handOver transfers leadership, if this node has it, to a member that answers.
// The engine's own wait for the outcome may hang (hashicorp/raft#696), so it is
// not used: the transfer has succeeded when another leads.
func (n *Node) handOver() {
	if _, own, _ := n.leadership.current(); own.term == 0 || len(n.cfg.Peers) == 1 {
		return
	}
	ctx, cancel := context.WithTimeout(n.life.ctx, n.cfg.ElectionTimeout)
	defer cancel()
	successor, err := n.successor(ctx)
	if err == nil {
		n.raft.LeadershipTransferToServer(raft.ServerID(successor), raft.ServerAddress(successor))
		err = n.leadership.awaitOther(ctx, n.cfg.ID)
	}
	if err != nil {
		n.log.Warn("leadership not handed over", "error", err)
	}
}

// successor returns the first other voter that answers a request.
func (n *Node) successor(ctx context.Context) (string, error) {
	voters, err := n.voters()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan string, len(voters))
	for _, voter := range voters {
		if voter == n.cfg.ID {
			continue
		}
		n.start(func(context.Context) {
			if _, err := n.transport.Call(ctx, voter, kindTerm, nil); err == nil {
				answers <- voter
			}
		})
	}
	select {
	case voter := <-answers:
		return voter, nil
	case <-ctx.Done():
		return "", fmt.Errorf("no other voter answers: %w", context.Cause(ctx))
	}
}

// stop ends everything once, and waits for the end in any case.
func (n *Node) stop() {
	n.life.mu.Lock()
	first := !n.life.mu.ending
	n.life.mu.ending = true
	n.life.mu.Unlock()
	if first {
		if err := n.teardown(); err != nil {
			n.log.Error("member did not end cleanly", "error", err)
		}
		n.log.Info("member stopped", "id", n.cfg.ID)
		close(n.done)
	}
	<-n.done
}

// teardown closes what has been opened, from the outside in: the network, so
// that no more entries are committed and a leader steps down; the engine, when
// it has given its answers; our goroutines; and at last the stores.
func (n *Node) teardown() error {
	n.engineLog.quiet()
	n.life.cancel(ErrClosed)
	n.progress.close(ErrClosed)
	if n.outbox != nil {
		n.outbox.close(ErrClosed)
	}
	var problems []error
	if n.raftTransport != nil {
		problems = append(problems, n.raftTransport.Close())
		n.raftTransport.stopHeartbeats()
	}
	if n.transport != nil {
		problems = append(problems, n.transport.Close())
	}
	problems = append(problems, n.stopEngine())
	n.life.wg.Wait()
	if n.outbox != nil {
		n.outbox.refuse(func(*write) bool { return true }, ErrClosed)
	}
	return errors.Join(problems...)
}

// stopEngine shuts the engine down, when it owes no more answers, and closes
// the stores beneath it. An engine that hangs with its disk is not waited for:
// the rest of it, and the stores, end when the disk lets them.
func (n *Node) stopEngine() error {
	ended := make(chan error, 1)
	go func() {
		var problems []error
		if n.raft != nil {
			n.awaitAnswers()
			problems = append(problems, n.raft.Shutdown().Error())
		}
		if n.stores != nil {
			problems = append(problems, n.stores.close())
		}
		ended <- errors.Join(problems...)
	}()
	timer := time.NewTimer(2 * n.engineTime())
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
		return errors.New("the engine does not end: it waits for its disk")
	}
}

// awaitAnswers waits until the engine owes no answer. A leader without a
// network steps down when its lease ends, and then answers everything; what it
// has committed before is applied.
func (n *Node) awaitAnswers() {
	answered := make(chan struct{})
	go func() {
		n.life.onEngine.Wait()
		close(answered)
	}()
	timer := time.NewTimer(n.engineTime())
	defer timer.Stop()
	select {
	case <-answered:
	case <-timer.C:
		n.log.Warn("the engine does not answer, and is shut down as it is")
	}
}

// engineTime is how long the engine may take for its answers, and to end: some
// heartbeat timeouts to step down, since its lease is half of one, and time to
// flush a slow disk or to end a snapshot.
func (n *Node) engineTime() time.Duration {
	return 4*n.cfg.HeartbeatTimeout + 10*time.Second
}
