package main

import (
	"log"
	"net/http"
	"sync"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/dnstype"
)

// Control is the control plane: testcontrol speaks to the nodes, and Control decides what it does not model.
type Control struct {
	url     string
	server  *testcontrol.Server
	keys    KeyStore
	api     API
	logins  Logins
	events  EventLog
	nodes   *Nodes
	changes Signal // a netmap of some node changed
	clock   Clock

	// writing is held while testcontrol's record of a node is read, changed and written back.
	writing sync.Mutex
}

// NewControl returns a control plane that nodes reach under url and whose MagicDNS names end in domain.
func NewControl(url, domain string, derpMap *tailcfg.DERPMap) *Control {
	c := &Control{url: url}
	c.api.keys = &c.keys
	c.nodes = NewNodes(domain, &c.events)
	c.server = &testcontrol.Server{
		Logf:                    log.Printf,
		ExplicitBaseURL:         url,
		DERPMap:                 derpMap,
		MagicDNSDomain:          domain,
		DNSConfig:               magicDNS(domain),
		SSHPolicy:               defaultSSHPolicy(),
		AllNodesSameUser:        true,
		DefaultNodeCapabilities: &tailcfg.NodeCapMap{},
		AltMapStream:            c.streamNetmaps,
	}
	return c
}

// magicDNS lets nodes resolve each other's names, short ones too, and leaves all others to their own resolvers.
func magicDNS(domain string) *tailcfg.DNSConfig {
	return &tailcfg.DNSConfig{
		Proxied: true,
		Domains: []string{domain},
		Routes:  map[string][]*dnstype.Resolver{domain: nil},
	}
}

// Handler serves nodes and the admin API on one port.
func (c *Control) Handler() http.Handler {
	noise := NewNoise(c.nodeHandler())
	mux := http.NewServeMux()
	mux.HandleFunc("GET /key", noise.ServeKey)
	mux.HandleFunc("/ts2021", noise.ServeUpgrade)
	mux.Handle("GET /login/", &c.logins)
	mux.Handle("/admin/", c.adminHandler())
	mux.Handle("/api/v2/", c.api.Handler())
	return c.clock.Stamped(mux)
}

// nodeHandler serves the requests in nodes' encrypted connections. testcontrol ends the process on a path
// it does not know, so only those it knows get there.
func (c *Control) nodeHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /machine/register", c.serveRegister)
	mux.HandleFunc("POST /machine/map", c.serveMap)
	mux.Handle("POST /machine/set-dns", c.server)
	mux.Handle("POST /machine/update-health", c.server)
	return mux
}
