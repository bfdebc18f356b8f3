package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/http/httptest"
	"net/netip"

	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stunserver"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
)

// StartRelay listens on free ports of addr for DERP and STUN and returns the map that leads nodes there.
// DERP answers until the process ends, STUN until ctx is done.
func StartRelay(ctx context.Context, addr netip.Addr) (*tailcfg.DERPMap, error) {
	derpPort, err := startDERP(addr)
	if err != nil {
		return nil, fmt.Errorf("DERP: %w", err)
	}
	stunPort, err := startSTUN(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("STUN: %w", err)
	}
	return derpMap(addr, derpPort, stunPort), nil
}

func startDERP(addr netip.Addr) (port int, err error) {
	listener, err := net.Listen("tcp", netip.AddrPortFrom(addr, 0).String())
	if err != nil {
		return 0, err
	}
	server := httptest.NewUnstartedServer(derpserver.Handler(derpserver.New(key.NewNode(), log.Printf)))
	server.Listener.Close()
	server.Listener = listener
	server.StartTLS()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func startSTUN(ctx context.Context, addr netip.Addr) (port int, err error) {
	server := stunserver.New(ctx)
	if err := server.Listen(netip.AddrPortFrom(addr, 0).String()); err != nil {
		return 0, err
	}
	go server.Serve()
	return server.LocalAddr().(*net.UDPAddr).Port, nil
}

func derpMap(addr netip.Addr, derpPort, stunPort int) *tailcfg.DERPMap {
	const region = 1
	node := &tailcfg.DERPNode{
		Name: "1a", RegionID: region,
		HostName: addr.String(), IPv4: addr.String(), IPv6: "none",
		DERPPort: derpPort, STUNPort: stunPort, STUNTestIP: addr.String(),
		InsecureForTests: true, // the certificate is httptest's
	}
	return &tailcfg.DERPMap{
		OmitDefaultRegions: true,
		Regions: map[int]*tailcfg.DERPRegion{
			region: {RegionID: region, RegionCode: "private", RegionName: "private", Nodes: []*tailcfg.DERPNode{node}},
		},
	}
}
