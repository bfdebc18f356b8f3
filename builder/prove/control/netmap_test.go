package main

import (
	"encoding/binary"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// netmapStream reads netmaps: each is its length in four bytes, then JSON.
type netmapStream struct {
	t    *testing.T
	body io.Reader
}

func (s *netmapStream) next() *tailcfg.MapResponse {
	s.t.Helper()
	var size uint32
	if err := binary.Read(s.body, binary.LittleEndian, &size); err != nil {
		s.t.Fatalf("no netmap: %v", err)
	}
	netmap := new(tailcfg.MapResponse)
	if err := json.NewDecoder(io.LimitReader(s.body, int64(size))).Decode(netmap); err != nil {
		s.t.Fatalf("netmap: %v", err)
	}
	return netmap
}

// until returns the first netmap that is as wanted.
func (s *netmapStream) until(wanted func(*tailcfg.MapResponse) bool) *tailcfg.MapResponse {
	s.t.Helper()
	for {
		if netmap := s.next(); wanted(netmap) {
			return netmap
		}
	}
}

func peer(netmap *tailcfg.MapResponse, name string) *tailcfg.Node {
	i := slices.IndexFunc(netmap.Peers, func(n *tailcfg.Node) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return netmap.Peers[i]
}

func isOnline(n *tailcfg.Node) bool { return n != nil && n.Online != nil && *n.Online }

func TestPeersSeeEachOtherComeAndGo(t *testing.T) {
	net := newTailnet(t)
	box, laptop := net.newMachine("box"), net.newMachine("laptop")
	box.join(net.mint(`{}`))
	laptop.join(net.mint(`{}`))
	netmaps, _ := laptop.stream()
	first := netmaps.next()
	if first.Node.Name != "laptop.tailbox.test." || !slices.Equal(first.Node.Tags, []string{"tag:gpu"}) {
		t.Errorf("self %q %q", first.Node.Name, first.Node.Tags)
	}
	if p := peer(first, "box.tailbox.test."); p == nil || isOnline(p) {
		t.Errorf("peer %+v, want it offline", p)
	}
	_, end := box.stream()
	netmaps.until(func(m *tailcfg.MapResponse) bool { return isOnline(peer(m, "box.tailbox.test.")) })
	end()
	netmaps.until(func(m *tailcfg.MapResponse) bool { return !isOnline(peer(m, "box.tailbox.test.")) })
}

func TestUpdateReachesPeers(t *testing.T) {
	net := newTailnet(t)
	box, laptop := net.newMachine("box"), net.newMachine("laptop")
	box.join(net.mint(`{}`))
	laptop.join(net.mint(`{}`))
	netmaps, _ := laptop.stream()
	box.post(t.Context(), "/machine/map", &tailcfg.MapRequest{
		Version: tailcfg.CurrentCapabilityVersion, NodeKey: box.key, OmitPeers: true,
		Hostinfo: &tailcfg.Hostinfo{Hostname: "laptop", NetInfo: &tailcfg.NetInfo{PreferredDERP: 1}},
	})
	renamed := netmaps.until(func(m *tailcfg.MapResponse) bool { return peer(m, "laptop-1.tailbox.test.") != nil })
	if home := peer(renamed, "laptop-1.tailbox.test.").HomeDERP; home != 1 {
		t.Errorf("home DERP region %d, want 1", home)
	}
}

func TestLogoutShowsInNetmaps(t *testing.T) {
	for _, test := range []struct {
		name, spec string
		gone       func(*tailcfg.Node) bool
	}{
		{"ephemeral nodes vanish", `{"ephemeral":true}`, func(p *tailcfg.Node) bool { return p == nil }},
		{"others stay, expired", `{}`, func(p *tailcfg.Node) bool {
			return p != nil && !p.KeyExpiry.IsZero() && p.KeyExpiry.Before(time.Now())
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			net := newTailnet(t)
			box, laptop := net.newMachine("box"), net.newMachine("laptop")
			box.join(net.mint(test.spec))
			laptop.join(net.mint(`{}`))
			netmaps, _ := laptop.stream()
			if p := peer(netmaps.next(), "box.tailbox.test."); p == nil || test.gone(p) {
				t.Fatalf("peer %+v before the logout", p)
			}
			box.logOut()
			netmaps.until(func(m *tailcfg.MapResponse) bool { return test.gone(peer(m, "box.tailbox.test.")) })
		})
	}
}

func TestReturnedNodeSeesAValidKeyAndTheTime(t *testing.T) {
	net := newTailnet(t)
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	box.logOut()
	box.key = key.NewNode().Public()
	box.join(net.mint(`{}`))
	netmaps, _ := box.stream()
	netmap := netmaps.next()
	if !netmap.Node.KeyExpiry.IsZero() {
		t.Errorf("key expiry %v, want none", netmap.Node.KeyExpiry)
	}
	if netmap.ControlTime == nil || time.Since(*netmap.ControlTime) > deadline {
		t.Errorf("control time %v, want now", netmap.ControlTime)
	}
}

func TestMapOfUnknownNodeIsRefused(t *testing.T) {
	net := newTailnet(t)
	box, thief := net.newMachine("box"), net.newMachine("thief")
	box.join(net.mint(`{}`))
	thief.key = box.key
	stranger := net.newMachine("stranger")
	for _, m := range []*machine{thief, stranger} {
		request := &tailcfg.MapRequest{Version: tailcfg.CurrentCapabilityVersion, NodeKey: m.key, Stream: true}
		if res := m.post(t.Context(), "/machine/map", request); res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s, want 404", m.hostname, res.Status)
		}
	}
}
