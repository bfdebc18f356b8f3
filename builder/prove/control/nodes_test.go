package main

import (
	"strings"
	"testing"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

func newTestNodes() (*Nodes, *EventLog) {
	log := new(EventLog)
	return NewNodes("test", log), log
}

func testNode(id tailcfg.StableNodeID, hostname string) Node {
	return Node{ID: id, Machine: key.NewMachine().Public(), Key: key.NewNode().Public(), Hostname: hostname}
}

func kinds(events []Event) string {
	var all []string
	for _, e := range events {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

func TestLabels(t *testing.T) {
	nodes, _ := newTestNodes()
	long := strings.Repeat("x", maxLabel)
	for _, test := range []struct{ hostname, label string }{
		{"box", "box"},
		{"box", "box-1"},
		{"box", "box-2"},
		{"box-1", "box-1-1"},
		{"My Box", "my-box"},
		{"", "node"},
		{long, long},
		{long, long[:maxLabel-2] + "-1"},
	} {
		n := nodes.Register(testNode(tailcfg.StableNodeID(test.label), test.hostname))
		if n.Label != test.label {
			t.Errorf("hostname %q: label %q, want %q", test.hostname, n.Label, test.label)
		}
	}
}

func TestRenameKeepsTheLabelOfTheSameHostname(t *testing.T) {
	nodes, _ := newTestNodes()
	first := nodes.Register(testNode("1", "box"))
	second := nodes.Register(testNode("2", "box"))
	nodes.Remove(first.ID)
	if n, _ := nodes.Rename(second.Key, "box"); n.Label != "box-1" {
		t.Errorf("label %q, want it unchanged", n.Label)
	}
	if n, _ := nodes.Rename(second.Key, "other"); n.Label != "other" {
		t.Errorf("label %q, want other", n.Label)
	}
}

func TestLogoutFreesTheLabelOfEphemeralNodesOnly(t *testing.T) {
	nodes, _ := newTestNodes()
	lasting, passing := testNode("1", "lasting"), testNode("2", "passing")
	passing.Ephemeral = true
	for _, n := range []Node{lasting, passing} {
		nodes.Register(n)
		nodes.LogOut(n.Key)
	}
	if n := nodes.Register(testNode("3", "lasting")); n.Label != "lasting-1" {
		t.Errorf("label %q, want lasting-1", n.Label)
	}
	if n := nodes.Register(testNode("4", "passing")); n.Label != "passing" {
		t.Errorf("label %q, want passing", n.Label)
	}
	if _, ok := nodes.Predecessor(passing.Machine, key.NodePublic{}); ok {
		t.Error("an ephemeral node came back")
	}
	if n, ok := nodes.Predecessor(lasting.Machine, key.NodePublic{}); !ok || n.ID != lasting.ID {
		t.Error("a logged out node is not continued by its machine")
	}
}

func TestPredecessorIsOfTheSameMachine(t *testing.T) {
	nodes, _ := newTestNodes()
	mine, other := testNode("1", "mine"), testNode("2", "other")
	nodes.Register(mine)
	nodes.Register(other)
	if n, ok := nodes.Predecessor(mine.Machine, mine.Key); !ok || n.ID != mine.ID {
		t.Errorf("predecessor %v %v, want %v", n.ID, ok, mine.ID)
	}
	if n, ok := nodes.Predecessor(mine.Machine, other.Key); ok {
		t.Errorf("took over node %v of another machine", n.ID)
	}
}

func TestStreamsAreEvents(t *testing.T) {
	nodes, log := newTestNodes()
	n := nodes.Register(testNode("1", "box"))
	nodes.StreamOpened(n.ID)
	nodes.StreamOpened(n.ID)
	nodes.StreamClosed(n.ID)
	if now, _ := nodes.ByKey(n.Key); !now.Online() {
		t.Error("offline while a stream is open")
	}
	nodes.StreamClosed(n.ID)
	nodes.LogOut(n.Key)
	nodes.LogOut(n.Key)
	if got, want := kinds(log.After(0)), "registered online offline logged_out"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
}

func TestStreamOutlivesKeyRotation(t *testing.T) {
	nodes, log := newTestNodes()
	n := nodes.Register(testNode("1", "box"))
	nodes.StreamOpened(n.ID)
	n.Key = key.NewNode().Public()
	nodes.Register(n)
	nodes.StreamClosed(n.ID)
	if now, ok := nodes.ByKey(n.Key); !ok || now.Online() {
		t.Errorf("node %+v, want it known and offline", now)
	}
	if got, want := kinds(log.After(0)), "registered online registered offline"; got != want {
		t.Errorf("events %q, want %q", got, want)
	}
}

func TestRemovedNodeIsUnknown(t *testing.T) {
	nodes, _ := newTestNodes()
	n := nodes.Register(testNode("1", "box"))
	if _, ok := nodes.Remove(n.ID); !ok {
		t.Fatal("not removed")
	}
	if _, ok := nodes.Remove(n.ID); ok {
		t.Error("removed twice")
	}
	if _, ok := nodes.ByKey(n.Key); ok || len(nodes.List()) != 0 {
		t.Error("still known")
	}
}
