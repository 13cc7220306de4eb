package transport

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestOpenNamesEveryWrongField(t *testing.T) {
	resolve := func(string) (string, bool) { return "", false }
	tests := []struct {
		name  string
		cfg   Config
		wrong []string
	}{
		{"nothing set", Config{}, []string{"Cluster", "ID", "Listen", "Resolve"}},
		{"names too long", Config{
			Cluster: strings.Repeat("c", MaxNameBytes+1), ID: strings.Repeat("i", MaxNameBytes+1),
			Listen: "a:1", Resolve: resolve,
		}, []string{"Cluster", "ID"}},
		{"limits below zero", Config{
			Cluster: "c", ID: "a", Listen: "a:1", Resolve: resolve,
			HandshakeTimeout: -1, SilenceTimeout: -1, MaxBodyBytes: -1, MaxConns: -1, MaxRequests: -1,
			MaxRequestBytes: -2,
		}, []string{"HandshakeTimeout", "SilenceTimeout", "MaxBodyBytes", "MaxConns", "MaxRequests", "MaxRequestBytes"}},
		{"limits above what the wire carries", Config{
			Cluster: "c", ID: "a", Listen: "a:1", Resolve: resolve,
			MaxBodyBytes: maxWireBytes + 1, MaxRequests: maxWireBytes + 1, MaxRequestBytes: maxWireBytes + 1,
		}, []string{"MaxBodyBytes", "MaxRequests", "MaxRequestBytes"}},
		{"requests smaller together than one", Config{
			Cluster: "c", ID: "a", Listen: "a:1", Resolve: resolve, MaxBodyBytes: 10, MaxRequestBytes: 9,
		}, []string{"MaxRequestBytes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Open(t.Context(), test.cfg)
			if !errors.Is(err, ErrConfig) {
				t.Fatalf("error is %v", err)
			}
			problems := strings.Split(err.Error(), "\n")
			if len(problems) != len(test.wrong) {
				t.Errorf("%d problems, want %d: %v", len(problems), len(test.wrong), err)
			}
			for i, field := range test.wrong {
				if !strings.Contains(problems[i], field) {
					t.Errorf("problem %d is %q, want %s", i, problems[i], field)
				}
			}
		})
	}
}

func TestOpenAtATakenAddress(t *testing.T) {
	inWorld(t, func(w *world) {
		w.open("a")
		_, err := Open(w.Context(), Config{
			Network: w.net.Host("a"), Listen: "a:1", Cluster: "c", ID: "b", Resolve: w.resolve,
		})
		if !errors.Is(err, ErrAddressInUse) || !errors.Is(err, syscall.EADDRINUSE) {
			w.Errorf("error is %v", err)
		}
	})
}
