// Command control is a private tailnet in one process: control server, DERP relay and STUN responder, made from
// Tailscale's own packages. It keeps all state in memory.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	listen := flag.String("listen", "0.0.0.0:8080", "address of the control server and its admin API")
	baseURL := flag.String("url", "", "URL under which nodes reach it: http, a private IP address of this machine, a port")
	domain := flag.String("domain", "tailbox.test", "domain of the MagicDNS names")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *baseURL, *domain); err != nil {
		fmt.Fprintln(os.Stderr, "control:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done.
func run(ctx context.Context, listen, baseURL, domain string) error {
	addr, err := checkURL(baseURL)
	if err != nil {
		return err
	}
	derpMap, err := StartRelay(ctx, addr)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	log.Printf("control server: %s on %s, MagicDNS domain %s", baseURL, listener.Addr(), domain)
	err = http.Serve(listener, NewControl(baseURL, domain, derpMap).Handler())
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// checkURL returns the address in the URL. A node redials plain http only at a private IP address: elsewhere it
// insists on TLS, and a restarted node would never come back.
func checkURL(baseURL string) (netip.Addr, error) {
	u, err := url.Parse(baseURL)
	if err != nil {
		return netip.Addr{}, fmt.Errorf("--url: %w", err)
	}
	addr, err := netip.ParseAddr(u.Hostname())
	if err != nil || !(addr.IsPrivate() || addr.IsLoopback()) || u.Scheme != "http" || u.Path != "" {
		const want = "want http://<private IP address>:<port>, such as http://172.30.0.2:8080"
		return netip.Addr{}, fmt.Errorf("--url %q: %s", baseURL, want)
	}
	return addr, nil
}
