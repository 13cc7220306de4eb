package system

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

// etcd is a server of etcd in this process. Its client is that for such servers:
// there is no network between the two.
type etcd struct {
	server *embed.Etcd
	client *clientv3.Client
}

func openEtcd(n Node) (Member, error) {
	cfg := embed.NewConfig()
	cfg.Name, cfg.Dir, cfg.LogLevel = id(n.Number), n.Dir, "panic"
	peer, client := web(n.Addresses[n.Number]), web(n.Clients[n.Number])
	cfg.ListenPeerUrls, cfg.AdvertisePeerUrls = peer, peer
	cfg.ListenClientUrls, cfg.AdvertiseClientUrls = client, client
	cfg.InitialCluster = ""
	for i, address := range n.Addresses {
		if i > 0 {
			cfg.InitialCluster += ","
		}
		cfg.InitialCluster += fmt.Sprintf("%s=http://%s", id(i), address)
	}
	// A long run must not meet its limit of two gigabytes.
	cfg.QuotaBackendBytes = 8 << 30
	server, err := embed.StartEtcd(cfg)
	if err != nil {
		return nil, err
	}
	return &etcd{server: server, client: v3client.New(server.Server)}, nil
}

func web(address string) []url.URL { return []url.URL{{Scheme: "http", Host: address}} }

func (e *etcd) Write(ctx context.Context, key, value string) error {
	_, err := e.client.Put(ctx, key, value)
	return err
}

func (e *etcd) Read(ctx context.Context, key string) (string, error) {
	return first(e.client.Get(ctx, key))
}

func (e *etcd) Local(ctx context.Context, key string) (string, error) {
	return first(e.client.Get(ctx, key, clientv3.WithSerializable()))
}

func first(got *clientv3.GetResponse, err error) (string, error) {
	if err != nil || len(got.Kvs) == 0 {
		return "", err
	}
	return string(got.Kvs[0].Value), nil
}

func (e *etcd) Watch(ctx context.Context, key string, ready func(), told func(string)) error {
	for answer := range e.client.Watch(ctx, key, clientv3.WithCreatedNotify()) {
		if answer.Created {
			ready()
		}
		if err := answer.Err(); err != nil && ctx.Err() == nil {
			return err
		}
		for _, event := range answer.Events {
			told(string(event.Kv.Value))
		}
	}
	return nil
}

func (e *etcd) Leads() bool { return e.server.Server.Leader() == e.server.Server.MemberID() }

func (e *etcd) Close() error {
	err := e.client.Close()
	e.server.Close()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
