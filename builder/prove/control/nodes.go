package main

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/util/dnsname"
)

// maxLabel is the longest label that DNS allows.
const maxLabel = 63

// Nodes is the list of nodes and writes the event log as it changes.
type Nodes struct {
	domain string
	events *EventLog

	mu  sync.Mutex
	all []*Node // in order of registration
}

// NewNodes returns an empty list whose MagicDNS names end in domain.
func NewNodes(domain string, events *EventLog) *Nodes {
	return &Nodes{domain: domain, events: events}
}

// Name returns the MagicDNS name of the node without the trailing dot.
func (s *Nodes) Name(n Node) string { return n.Label + "." + s.domain }

// ByKey returns the node whose current node key is k; a removed node is unknown.
func (s *Nodes) ByKey(k key.NodePublic) (Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copied(s.find(func(n *Node) bool { return n.Key == k }))
}

// ByID returns the node with this ID; a removed node is unknown.
func (s *Nodes) ByID(id tailcfg.StableNodeID) (Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copied(s.find(func(n *Node) bool { return n.ID == id }))
}

// Predecessor returns the node that a machine continues when it registers a new node key: the one whose key it
// rotates, or the one it logged out of. An ephemeral node that logged out has no successor.
func (s *Nodes) Predecessor(machine key.MachinePublic, rotated key.NodePublic) (Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copied(s.find(func(n *Node) bool {
		return n.Machine == machine && n.InTailnet() && (n.Key == rotated || n.LoggedOut())
	}))
}

// Register adds the node, or renews the one with the same ID under its new key, and returns it with its label.
func (s *Nodes) Register(n Node) Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.find(func(o *Node) bool { return o.ID == n.ID })
	if known == nil {
		known = &Node{ID: n.ID}
		s.all = append(s.all, known)
	}
	known.Machine, known.Key, known.Ephemeral, known.state = n.Machine, n.Key, n.Ephemeral, stateActive
	s.rename(known, n.Hostname)
	s.record(EventRegistered, known)
	return *known
}

// Rename gives the node the label that its hostname asks for, with a suffix if another node has it.
func (s *Nodes) Rename(k key.NodePublic, hostname string) (Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.find(func(n *Node) bool { return n.Key == k })
	if n != nil {
		s.rename(n, hostname)
	}
	return copied(n)
}

// StreamOpened counts a netmap stream of the node; with the first one it is online.
func (s *Nodes) StreamOpened(id tailcfg.StableNodeID) { s.countStream(id, +1) }

// StreamClosed ends what StreamOpened began; with the last one the node is offline.
func (s *Nodes) StreamClosed(id tailcfg.StableNodeID) { s.countStream(id, -1) }

// LogOut ends the session of the node.
func (s *Nodes) LogOut(k key.NodePublic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := s.find(func(n *Node) bool { return n.Key == k }); n != nil && n.state == stateActive {
		n.state = stateLoggedOut
		s.record(EventLoggedOut, n)
	}
}

// Remove takes the node out of the tailnet and returns what it was.
func (s *Nodes) Remove(id tailcfg.StableNodeID) (Node, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.find(func(n *Node) bool { return n.ID == id })
	if n != nil {
		n.state = stateRemoved
	}
	return copied(n)
}

// List returns the nodes in order of registration, without the removed ones.
func (s *Nodes) List() []Node {
	s.mu.Lock()
	defer s.mu.Unlock()
	var nodes []Node
	for _, n := range s.all {
		if n.state != stateRemoved {
			nodes = append(nodes, *n)
		}
	}
	return nodes
}

func (s *Nodes) find(match func(*Node) bool) *Node {
	i := slices.IndexFunc(s.all, func(n *Node) bool { return n.state != stateRemoved && match(n) })
	if i < 0 {
		return nil
	}
	return s.all[i]
}

func copied(n *Node) (Node, bool) {
	if n == nil {
		return Node{}, false
	}
	return *n, true
}

func (s *Nodes) rename(n *Node, hostname string) {
	if n.Label != "" && n.Hostname == hostname {
		return
	}
	n.Hostname, n.Label = hostname, ""
	n.Label = s.freeLabel(dnsname.SanitizeHostname(hostname))
}

func (s *Nodes) freeLabel(base string) string {
	if base == "" {
		base = "node"
	}
	label := base
	for i := 1; s.find(func(n *Node) bool { return n.InTailnet() && n.Label == label }) != nil; i++ {
		suffix := fmt.Sprintf("-%d", i)
		label = base[:min(len(base), maxLabel-len(suffix))] + suffix
	}
	return label
}

func (s *Nodes) countStream(id tailcfg.StableNodeID, delta int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.find(func(n *Node) bool { return n.ID == id })
	if n == nil {
		return
	}
	was := n.Online()
	n.streams += delta
	n.LastSeen = time.Now()
	switch {
	case !was && n.Online():
		s.record(EventOnline, n)
	case was && !n.Online():
		s.record(EventOffline, n)
	}
}

func (s *Nodes) record(kind EventKind, n *Node) { s.events.Append(kind, s.Name(*n), string(n.ID)) }
