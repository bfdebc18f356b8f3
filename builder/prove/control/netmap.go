package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
)

// keepAlive is the interval of keep-alives on an idle stream; a node gives up after two minutes of silence.
const keepAlive = 45 * time.Second

// serveMap lets through map requests of known nodes only: testcontrol would answer others with an empty stream.
func (c *Control) serveMap(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, requestLimit))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var req tailcfg.MapRequest
	if err := json.Unmarshal(body, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if node, ok := c.nodes.ByKey(req.NodeKey); !ok || node.Machine != machineOf(r.Context()) {
		http.Error(w, "node not found", http.StatusNotFound)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	c.server.ServeHTTP(w, r)
}

// streamNetmaps sends a node its netmap now and, if it asked for a stream, after every change until it leaves.
//
// testcontrol's own streams do not know who is online, or that a node can leave; these replace them.
func (c *Control) streamNetmaps(ctx context.Context, w testcontrol.MapStreamWriter, req *tailcfg.MapRequest) {
	node, ok := c.nodes.ByKey(req.NodeKey)
	if !ok {
		return
	}
	if !req.Stream {
		c.applyUpdate(ctx, req)
		c.send(w, req)
		return
	}
	c.nodes.StreamOpened(node.ID)
	c.changes.Broadcast()
	defer c.changes.Broadcast()
	defer c.nodes.StreamClosed(node.ID)
	for {
		changed := c.changes.Next()
		_, known := c.nodes.ByKey(req.NodeKey)
		// A node that is no longer known gets a last netmap: there it sees that its key has expired.
		if !c.send(w, req) || !known || !awaitChange(ctx, w, changed) {
			return
		}
	}
}

// awaitChange keeps the stream alive until changed; it returns false if the node has left.
func awaitChange(ctx context.Context, w testcontrol.MapStreamWriter, changed <-chan struct{}) bool {
	ticker := time.NewTicker(keepAlive)
	defer ticker.Stop()
	for {
		select {
		case <-changed:
			return true
		case <-ctx.Done():
			return false
		case <-ticker.C:
			if w.SendMapMessage(&tailcfg.MapResponse{KeepAlive: true}) != nil {
				return false
			}
		}
	}
}

// send writes the netmap of the node; it returns false if the node has left.
func (c *Control) send(w testcontrol.MapStreamWriter, req *tailcfg.MapRequest) bool {
	res, err := c.server.MapResponse(req)
	if err != nil || res == nil {
		log.Printf("no netmap for %v: %v", req.NodeKey.ShortString(), err)
		return false
	}
	now := c.clock.Now()
	res.ControlTime = &now // testcontrol's is in the past: expired keys would look valid
	if res.DNSConfig != nil {
		res.DNSConfig.CertDomains = nil // nobody issues certificates here
	}
	res.Peers = slices.DeleteFunc(res.Peers, func(peer *tailcfg.Node) bool { return !c.describePeer(peer) })
	return w.SendMapMessage(res) == nil
}

// describePeer records whether the peer is online; it returns false if the peer is not in the tailnet.
func (c *Control) describePeer(peer *tailcfg.Node) bool {
	node, ok := c.nodes.ByKey(peer.Key)
	if !ok || !node.InTailnet() {
		return false
	}
	online := node.Online()
	peer.Online = &online
	if !online && !node.LastSeen.IsZero() {
		peer.LastSeen = &node.LastSeen
	}
	return true
}

// applyUpdate stores what a node says about itself, and its name when it changed its hostname.
func (c *Control) applyUpdate(ctx context.Context, req *tailcfg.MapRequest) {
	c.writing.Lock()
	defer c.writing.Unlock()
	record := c.server.Node(req.NodeKey)
	if req.ReadOnly || record == nil || ctx.Err() != nil { // a cancelled request may be older than what is stored
		return
	}
	record.Endpoints = slices.DeleteFunc(req.Endpoints, isLinkLocal)
	record.DiscoKey = req.DiscoKey
	record.Cap = req.Version
	if req.Hostinfo != nil {
		c.applyHostinfo(record, req.Hostinfo)
	}
	c.server.UpdateNode(record)
	c.changes.Broadcast()
}

func (c *Control) applyHostinfo(record *tailcfg.Node, info *tailcfg.Hostinfo) {
	record.Hostinfo = info.View()
	if info.NetInfo != nil && info.NetInfo.PreferredDERP != 0 {
		record.HomeDERP = info.NetInfo.PreferredDERP
	}
	if node, ok := c.nodes.Rename(record.Key, info.Hostname); ok {
		record.Name = c.nodes.Name(node) + "."
	}
}

func isLinkLocal(endpoint netip.AddrPort) bool { return endpoint.Addr().IsLinkLocalUnicast() }
