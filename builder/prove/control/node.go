package main

import (
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

type nodeState int

const (
	stateActive nodeState = iota
	stateLoggedOut
	stateRemoved
)

// Node is what the control plane knows of a node beyond testcontrol's record of it.
type Node struct {
	ID        tailcfg.StableNodeID
	Machine   key.MachinePublic
	Key       key.NodePublic // the current node key; earlier ones are forgotten
	Hostname  string         // what the node calls itself
	Label     string         // its MagicDNS label, unique in the tailnet
	Ephemeral bool
	LastSeen  time.Time

	state   nodeState
	streams int // netmap streams open now
}

// Online reports whether the node holds a stream of netmaps.
func (n Node) Online() bool { return n.streams > 0 }

// LoggedOut reports whether the node ended its session by logging out.
func (n Node) LoggedOut() bool { return n.state == stateLoggedOut }

// InTailnet reports whether peers see the node: an ephemeral one is gone with its logout, others stay, expired.
func (n Node) InTailnet() bool {
	return n.state == stateActive || n.state == stateLoggedOut && !n.Ephemeral
}
