package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"reflect"
	"time"

	"golang.org/x/net/http2"
	"tailscale.com/control/controlhttp/controlhttpserver"
	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/key"
)

// A node that vanishes without closing its connection is offline after both times together.
const (
	pingIdle    = 5 * time.Second
	pingTimeout = 10 * time.Second
)

// Noise ends the encrypted connections of nodes and hands their requests to Handler.
//
// testcontrol ends them itself, with no way to see a request before it answers; so Noise replaces that.
type Noise struct {
	Handler http.Handler
	private key.MachinePrivate
	legacy  key.MachinePublic
}

// NewNoise returns an endpoint with keys of its own.
func NewNoise(handler http.Handler) *Noise {
	return &Noise{Handler: handler, private: key.NewMachine(), legacy: key.NewControl().Public()}
}

// ServeKey gives a node the public keys of the control plane.
func (n *Noise) ServeKey(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, tailcfg.OverTLSPublicKeyResponse{LegacyPublicKey: n.legacy, PublicKey: n.private.Public()})
}

// ServeUpgrade turns the connection into an encrypted one and serves its requests until it closes.
func (n *Noise) ServeUpgrade(w http.ResponseWriter, r *http.Request) {
	conn, err := controlhttpserver.AcceptHTTP(r.Context(), w, r, n.private, nil)
	if err != nil {
		log.Printf("noise: %v", err)
		return
	}
	defer conn.Close()
	server := http2.Server{ReadIdleTimeout: pingIdle, PingTimeout: pingTimeout}
	server.ServeConn(conn, &http2.ServeConnOpts{
		Context:    machineContext{r.Context(), conn.Peer()},
		BaseConfig: &http.Server{Handler: n.Handler},
	})
}

// machineContext carries the machine key that a request came from.
//
// testcontrol looks it up, and nothing else, under a key of a private type, so any key of its package means that.
type machineContext struct {
	context.Context
	machine key.MachinePublic
}

type machineKey struct{}

var testcontrolPackage = reflect.TypeFor[testcontrol.Server]().PkgPath()

func (c machineContext) Value(k any) any {
	if k == (machineKey{}) || reflect.TypeOf(k).PkgPath() == testcontrolPackage {
		return c.machine
	}
	return c.Context.Value(k)
}

func machineOf(ctx context.Context) key.MachinePublic {
	machine, _ := ctx.Value(machineKey{}).(key.MachinePublic)
	return machine
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(v); err != nil {
		log.Printf("write: %v", err)
	}
}
