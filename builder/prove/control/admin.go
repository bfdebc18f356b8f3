package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"tailscale.com/tailcfg"
)

// adminHandler serves the admin API; answers are JSON, errors {"error": text}.
func (c *Control) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /admin/health", c.getHealth)
	mux.HandleFunc("POST /admin/keys", c.postKey)
	mux.HandleFunc("GET /admin/nodes", c.getNodes)
	mux.HandleFunc("DELETE /admin/nodes/{id}", c.deleteNode)
	mux.HandleFunc("POST /admin/nodes/{id}/expire", c.postExpire)
	mux.HandleFunc("GET /admin/events", c.getEvents)
	mux.HandleFunc("PUT /admin/clock", c.putClock)
	mux.HandleFunc("PUT /admin/ssh-policy", c.putSSHPolicy)
	return mux
}

// getHealth reports ok: the admin API answers only after everything else listens.
func (c *Control) getHealth(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (c *Control) postKey(w http.ResponseWriter, r *http.Request) {
	var spec KeySpec
	if readJSON(w, r, &spec) {
		writeJSON(w, http.StatusOK, map[string]string{"key": c.keys.Mint(spec)})
	}
}

type adminNode struct {
	ID        tailcfg.StableNodeID `json:"id"`
	Name      string               `json:"name"` // MagicDNS name without the trailing dot
	Hostname  string               `json:"hostname"`
	IPs       []netip.Addr         `json:"ips"`
	Tags      []string             `json:"tags"`
	Online    bool                 `json:"online"`
	LoggedOut bool                 `json:"logged_out"`
	Ephemeral bool                 `json:"ephemeral"`
}

func (c *Control) getNodes(w http.ResponseWriter, _ *http.Request) {
	nodes := []adminNode{}
	for _, n := range c.nodes.List() {
		nodes = append(nodes, c.describe(n))
	}
	writeJSON(w, http.StatusOK, nodes)
}

func (c *Control) describe(n Node) adminNode {
	described := adminNode{
		ID: n.ID, Name: c.nodes.Name(n), Hostname: n.Hostname, IPs: []netip.Addr{}, Tags: []string{},
		Online: n.Online(), LoggedOut: n.LoggedOut(), Ephemeral: n.Ephemeral,
	}
	if record := c.server.Node(n.Key); record != nil {
		for _, prefix := range record.Addresses {
			described.IPs = append(described.IPs, prefix.Addr())
		}
		described.Tags = append(described.Tags, record.Tags...)
	}
	return described
}

func (c *Control) deleteNode(w http.ResponseWriter, r *http.Request) {
	c.writing.Lock()
	defer c.writing.Unlock()
	id := r.PathValue("id")
	node, ok := c.nodes.Remove(tailcfg.StableNodeID(id))
	if !ok {
		writeNoNode(w, id)
		return
	}
	c.expire(node)
	c.changes.Broadcast()
	w.WriteHeader(http.StatusNoContent)
}

// postExpire expires a node's key; the node stays listed, and joins again with a new auth key.
func (c *Control) postExpire(w http.ResponseWriter, r *http.Request) {
	c.writing.Lock()
	defer c.writing.Unlock()
	id := r.PathValue("id")
	node, ok := c.nodes.ByID(tailcfg.StableNodeID(id))
	if !ok {
		writeNoNode(w, id)
		return
	}
	c.endSession(node)
	w.WriteHeader(http.StatusNoContent)
}

func (c *Control) putClock(w http.ResponseWriter, r *http.Request) {
	var clock struct {
		Ahead float64 `json:"ahead_s"` // seconds
	}
	if readJSON(w, r, &clock) {
		c.clock.Set(time.Duration(clock.Ahead * float64(time.Second)))
		c.changes.Broadcast()
		w.WriteHeader(http.StatusNoContent)
	}
}

// maxWait bounds a long poll, so that a forgotten one ends.
const maxWait = 10 * time.Minute

// getEvents answers with the events after a sequence number, and waits up to timeout seconds for the first one.
func (c *Control) getEvents(w http.ResponseWriter, r *http.Request) {
	after, err := queryNumber(r, "after")
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	seconds, err := queryNumber(r, "timeout")
	if err != nil {
		writeError(w, http.StatusBadRequest, err)
		return
	}
	wait := min(seconds, maxWait.Seconds()) * float64(time.Second)
	ctx, cancel := context.WithTimeout(r.Context(), time.Duration(wait))
	defer cancel()
	writeJSON(w, http.StatusOK, c.events.Wait(ctx, int(after)))
}

// queryNumber reads a number that is not negative; the default is 0.
func queryNumber(r *http.Request, name string) (float64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || !(number >= 0) {
		return 0, fmt.Errorf("%s=%q is not a number from 0 up", name, text)
	}
	return number, nil
}

func (c *Control) putSSHPolicy(w http.ResponseWriter, r *http.Request) {
	policy := new(tailcfg.SSHPolicy)
	if readJSON(w, r, policy) {
		c.server.SetSSHPolicy(policy)
		c.changes.Broadcast()
		w.WriteHeader(http.StatusNoContent)
	}
}

// readJSON reads the body strictly; it answers and returns false when that fails.
func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, requestLimit))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		writeError(w, http.StatusBadRequest, fmt.Errorf("body: %w", err))
		return false
	}
	return true
}

func writeNoNode(w http.ResponseWriter, id string) {
	writeError(w, http.StatusNotFound, fmt.Errorf("no node %q; GET /admin/nodes lists them", id))
}

func writeError(w http.ResponseWriter, status int, err error) {
	writeJSON(w, status, map[string]string{"error": err.Error()})
}
