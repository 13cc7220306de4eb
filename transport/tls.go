package transport

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
)

// TLS is a Network that encrypts the connections of another one. Both sides
// prove who they are as Config asks for: with ClientAuth set to
// tls.RequireAndVerifyClientCert only holders of a certificate of the cluster's
// authority come in.
type TLS struct {
	// Network is where the connections come from; nil means TCP.
	Network Network

	// Config is used for both directions and must not be changed any more; nil
	// is ErrConfig. It needs certificates and ClientCAs to listen, and RootCAs
	// to dial. An empty ServerName means the host in the address that is
	// dialled.
	Config *tls.Config
}

var errNoTLSConfig = fmt.Errorf("%w: TLS.Config is required", ErrConfig)

// Listen listens on the network below. The TLS handshake of a connection is
// part of its first read, so a peer that delays it does not hold up others.
func (n TLS) Listen(ctx context.Context, address string) (net.Listener, error) {
	if n.Config == nil {
		return nil, errNoTLSConfig
	}
	listener, err := n.below().Listen(ctx, address)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, n.Config), nil
}

// Dial connects on the network below and shakes hands, until ctx ends.
func (n TLS) Dial(ctx context.Context, address string) (net.Conn, error) {
	if n.Config == nil {
		return nil, errNoTLSConfig
	}
	raw, err := n.below().Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	c := tls.Client(raw, n.clientConfig(address))
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return c, nil
}

func (n TLS) below() Network {
	if n.Network == nil {
		return TCP
	}
	return n.Network
}

// clientConfig returns the configuration with the name that the peer's
// certificate has to have.
func (n TLS) clientConfig(address string) *tls.Config {
	if n.Config.ServerName != "" {
		return n.Config
	}
	config := n.Config.Clone()
	config.ServerName = address
	if host, _, err := net.SplitHostPort(address); err == nil {
		config.ServerName = host
	}
	return config
}
