package transport

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// addressBook tells where the nodes that were opened by openTCP listen.
type addressBook struct{ sync.Map }

func (b *addressBook) resolve(id string) (string, bool) {
	address, ok := b.Load(id)
	if !ok {
		return "", false
	}
	return address.(string), true
}

// openTCP opens a node on a free port of the loopback interface.
func openTCP(tb testing.TB, book *addressBook, id string, network Network) *Transport {
	tb.Helper()
	t, err := Open(tb.Context(), Config{
		Network: network, Listen: "127.0.0.1:0", Cluster: "test", ID: id, Resolve: book.resolve,
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { t.Close() })
	t.Handle(kindEcho, echo)
	t.Handle(kindWait, waitForEnd)
	book.Store(id, t.Addr().String())
	return t
}

func TestCallsOverTCP(t *testing.T) {
	var book addressBook
	a, b := openTCP(t, &book, "a", nil), openTCP(t, &book, "b", nil)
	var calls sync.WaitGroup
	for i := range 200 {
		calls.Go(func() {
			from, to := a, "b"
			if i%2 == 0 {
				from, to = b, "a"
			}
			body := bytes.Repeat([]byte{byte(i)}, 1000*i)
			got, err := from.Call(t.Context(), to, kindEcho, bytes.Clone(body))
			if err != nil || !bytes.Equal(got, body) {
				t.Errorf("body of %d bytes came back with %d, %v", len(body), len(got), err)
			}
		})
	}
	calls.Wait()
}

func TestCloseOverTCPLeavesNothing(t *testing.T) {
	var book addressBook
	a, b := openTCP(t, &book, "a", nil), openTCP(t, &book, "b", nil)
	waiting := make(chan error)
	go func() {
		_, err := a.Call(t.Context(), "b", kindWait, nil)
		waiting <- err
	}()
	if _, err := b.Call(t.Context(), "a", kindEcho, nil); err != nil {
		t.Fatal(err)
	}
	stranger, err := net.Dial("tcp", b.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	layer := a.StreamLayer()
	b.StreamLayer()
	raftStream, err := layer.Dial("b", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if left := ownGoroutines(); !slices.ContainsFunc(left, inCall) {
		t.Error("the calls of an open transport are not among the goroutines that the test looks at")
	}
	b.Close()
	for _, c := range []net.Conn{stranger, raftStream} {
		if _, err := io.ReadAll(c); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("connection to a closed transport: %v", err)
		}
	}
	if err := <-waiting; err == nil {
		t.Error("the call returned a response")
	}
	a.Close()
	for _, stack := range ownGoroutines() {
		t.Errorf("still runs after Close:\n%s", stack)
	}
}

// inCall matches a goroutine that serves a connection.
func inCall(stack string) bool { return strings.Contains(stack, "(*Transport).attend") }

// ownGoroutines returns the stacks of the goroutines that execute code of a
// transport. A goroutine that Close has waited for may not have left the
// scheduler yet, so their mere number would say nothing; but it executes none
// of our code any more.
func ownGoroutines() []string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var own []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		code, _, _ := strings.Cut(stack, "\ncreated by ")
		if strings.Contains(code, "gstate/transport.(*") && !strings.Contains(code, "gstate/transport.Test") {
			own = append(own, stack)
		}
	}
	return own
}

func TestOpenAtATakenAddressOverTCP(t *testing.T) {
	var book addressBook
	a := openTCP(t, &book, "a", nil)
	_, err := Open(t.Context(), Config{
		Listen: a.Addr().String(), Cluster: "test", ID: "b", Resolve: book.resolve,
	})
	if !errors.Is(err, ErrAddressInUse) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("error is %v", err)
	}
}

func TestCallOverTLS(t *testing.T) {
	authority, stranger := newAuthority(t), newAuthority(t)
	mutual := func(own *authorityOfTest) Network {
		return TLS{Config: &tls.Config{
			Certificates: []tls.Certificate{own.certificate},
			RootCAs:      authority.pool,
			ClientCAs:    authority.pool,
			ClientAuth:   tls.RequireAndVerifyClientCert,
		}}
	}
	var book addressBook
	a, b := openTCP(t, &book, "a", mutual(authority)), openTCP(t, &book, "b", mutual(authority))
	if got, err := a.Call(t.Context(), "b", kindEcho, []byte("secret")); err != nil || string(got) != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	tests := []struct {
		name    string
		network Network
	}{
		{"a node with the certificate of another authority", mutual(stranger)},
		{"a node without TLS", nil},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := openTCP(t, &book, string(rune('c'+i)), test.network)
			var handled atomic.Bool
			b.Handle(7, func(context.Context, string, []byte) ([]byte, error) { handled.Store(true); return nil, nil })
			_, err := c.Call(t.Context(), "b", 7, nil)
			called, ok := errors.AsType[*CallError](err)
			if !ok || called.Sent || handled.Load() {
				t.Errorf("error is %v, handled %v", err, handled.Load())
			}
		})
	}
}

func TestTLSNeedsAConfig(t *testing.T) {
	if _, err := (TLS{}).Listen(t.Context(), "127.0.0.1:0"); !errors.Is(err, ErrConfig) {
		t.Errorf("Listen returned %v", err)
	}
	if _, err := (TLS{}).Dial(t.Context(), "127.0.0.1:1"); !errors.Is(err, ErrConfig) {
		t.Errorf("Dial returned %v", err)
	}
}

// authorityOfTest is a self-signed certificate for the loopback address.
type authorityOfTest struct {
	certificate tls.Certificate
	pool        *x509.CertPool
}

func newAuthority(t *testing.T) *authorityOfTest {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &authorityOfTest{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool}
}
