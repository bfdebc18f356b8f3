package main

import (
	"net/http"
	"testing"

	"tailscale.com/tailcfg"
)

func TestAdminListsNodes(t *testing.T) {
	net := newTailnet(t)
	if nodes := net.nodes(); nodes == nil || len(nodes) != 0 {
		t.Fatalf("nodes %#v, want an empty list", nodes)
	}
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	n := net.nodes()[0]
	if n.Name != "box.tailbox.test" || n.Hostname != "box" || n.Online || n.LoggedOut || n.Tags[0] != "tag:gpu" {
		t.Errorf("node %+v", n)
	}
	if len(n.IPs) != 2 || n.IPs[0].String() != "100.64.0.1" || !n.IPs[1].Is6() {
		t.Errorf("addresses %v", n.IPs)
	}
}

func TestAdminSeesStreams(t *testing.T) {
	net := newTailnet(t)
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	_, end := box.stream()
	online := net.await(EventOnline, 0)
	if n := net.nodes()[0]; !n.Online {
		t.Errorf("node %+v, want it online", n)
	}
	end()
	if offline := net.await(EventOffline, online.Seq); offline.Node != "box.tailbox.test" {
		t.Errorf("event %+v", offline)
	}
	if n := net.nodes()[0]; n.Online {
		t.Errorf("node %+v, want it offline", n)
	}
}

func TestLostConnectionIsOffline(t *testing.T) {
	net := newTailnet(t)
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	box.stream()
	online := net.await(EventOnline, 0)
	box.client.Close()
	net.await(EventOffline, online.Seq)
}

func TestAdminRemovesNodes(t *testing.T) {
	net := newTailnet(t)
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	netmaps, _ := box.stream()
	netmaps.next()
	path := "/admin/nodes/" + string(net.nodes()[0].ID)
	net.admin("DELETE", path, "", http.StatusNoContent, nil)
	netmaps.until(func(m *tailcfg.MapResponse) bool { return !m.Node.KeyExpiry.IsZero() })
	if nodes := net.nodes(); len(nodes) != 0 {
		t.Errorf("nodes %+v, want none", nodes)
	}
	net.admin("DELETE", path, "", http.StatusNotFound, nil)
	if answer := box.register(net.mint(`{}`)); !answer.NodeKeyExpired {
		t.Errorf("answer %+v, want the removed node's key expired", answer)
	}
}

func TestAdminExpiresNodeKeys(t *testing.T) {
	net := newTailnet(t)
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	netmaps, _ := box.stream()
	netmaps.next()
	path := "/admin/nodes/" + string(net.nodes()[0].ID) + "/expire"
	net.admin("POST", path, "", http.StatusNoContent, nil)
	netmaps.until(func(m *tailcfg.MapResponse) bool { return !m.Node.KeyExpiry.IsZero() })
	if nodes := net.nodes(); len(nodes) != 1 || !nodes[0].LoggedOut {
		t.Errorf("nodes %+v, want the one, logged out", nodes)
	}
	if answer := box.register(net.mint(`{}`)); !answer.NodeKeyExpired {
		t.Errorf("answer %+v, want the key expired", answer)
	}
	net.admin("POST", "/admin/nodes/none/expire", "", http.StatusNotFound, nil)
}

func TestAdminEvents(t *testing.T) {
	net := newTailnet(t)
	net.newMachine("one").join(net.mint(`{}`))
	net.newMachine("two").join(net.mint(`{}`))
	var events []Event
	net.admin("GET", "/admin/events?after=1&timeout=5", "", http.StatusOK, &events)
	if len(events) != 1 || events[0].Node != "two.tailbox.test" || events[0].Seq != 2 || events[0].Time.IsZero() {
		t.Errorf("events %+v", events)
	}
	net.admin("GET", "/admin/events?after=2", "", http.StatusOK, &events)
	if events == nil || len(events) != 0 {
		t.Errorf("events %#v, want an empty list", events)
	}
	for _, query := range []string{"after=x", "timeout=-1", "timeout=NaN"} {
		net.admin("GET", "/admin/events?"+query, "", http.StatusBadRequest, nil)
	}
}

func TestAdminSSHPolicy(t *testing.T) {
	net := newTailnet(t)
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	netmaps, _ := box.stream()
	if users := netmaps.next().SSHPolicy.Rules[0].SSHUsers; users["*"] != "=" || users["root"] != "root" {
		t.Errorf("default policy maps %v", users)
	}
	net.admin("PUT", "/admin/ssh-policy", `{"rules":[]}`, http.StatusNoContent, nil)
	netmaps.until(func(m *tailcfg.MapResponse) bool { return len(m.SSHPolicy.Rules) == 0 })
	net.admin("PUT", "/admin/ssh-policy", `{"rulez":[]}`, http.StatusBadRequest, nil)
}

func TestAdminRefusesBadInput(t *testing.T) {
	net := newTailnet(t)
	net.admin("GET", "/admin/health", "", http.StatusOK, nil)
	for _, body := range []string{"", "{", `{"reuseable":true}`, `{"reusable":"yes"}`} {
		net.admin("POST", "/admin/keys", body, http.StatusBadRequest, nil)
	}
	net.admin("GET", "/admin/unknown", "", http.StatusNotFound, nil)
}
