package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"tailscale.com/net/stun"
	"tailscale.com/tailcfg"
	"tailscale.com/util/must"
)

func startTestRelay(t *testing.T) *tailcfg.DERPNode {
	t.Helper()
	relays, err := StartRelay(t.Context(), netip.MustParseAddr("127.0.0.1"))
	if err != nil {
		t.Fatal(err)
	}
	if !relays.OmitDefaultRegions || len(relays.Regions) != 1 {
		t.Fatalf("DERP map %+v, want one region and none of the public ones", relays)
	}
	return relays.Regions[1].Nodes[0]
}

func TestDERPAnswers(t *testing.T) {
	relay := startTestRelay(t)
	insecure := &tls.Config{InsecureSkipVerify: relay.InsecureForTests}
	client := http.Client{Transport: &http.Transport{TLSClientConfig: insecure}, Timeout: deadline}
	res, err := client.Get(fmt.Sprintf("https://%s:%d/derp", relay.IPv4, relay.DERPPort))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("%s, want %d: DERP asks for an upgrade", res.Status, http.StatusUpgradeRequired)
	}
}

func TestSTUNTellsTheAddressOfItsCaller(t *testing.T) {
	relay := startTestRelay(t)
	conn := must.Get(net.Dial("udp4", net.JoinHostPort(relay.STUNTestIP, strconv.Itoa(relay.STUNPort))))
	defer conn.Close()
	must.Do(conn.SetDeadline(time.Now().Add(deadline)))
	sent := stun.NewTxID()
	must.Get(conn.Write(stun.Request(sent)))
	answer := make([]byte, 1500)
	size := must.Get(conn.Read(answer))
	received, seen, err := stun.ParseResponse(answer[:size])
	if err != nil {
		t.Fatal(err)
	}
	if own := conn.LocalAddr().String(); received != sent || seen.String() != own {
		t.Errorf("STUN saw %v, want %v", seen, own)
	}
}
