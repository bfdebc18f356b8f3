package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tailscale.com/control/ts2021"
	"tailscale.com/net/netmon"
	"tailscale.com/net/tsdial"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
	"tailscale.com/util/must"
)

// deadline bounds every wait of a test; none comes near it.
const deadline = 20 * time.Second

// tailnet is a control plane that listens on loopback.
type tailnet struct {
	t       *testing.T
	control *Control
	url     string
}

func newTailnet(t *testing.T) *tailnet {
	server := httptest.NewUnstartedServer(nil)
	url := "http://" + server.Listener.Addr().String()
	control := NewControl(url, "tailbox.test", &tailcfg.DERPMap{})
	control.server.Logf = logger.Discard
	server.Config.Handler = control.Handler()
	server.Start()
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return &tailnet{t, control, url}
}

// admin calls the admin API, wants the status and decodes the answer into v unless it is nil.
func (n *tailnet) admin(method, path, body string, status int, v any) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), deadline)
	defer cancel()
	req := must.Get(http.NewRequestWithContext(ctx, method, n.url+path, bytes.NewBufferString(body)))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	answer := must.Get(io.ReadAll(res.Body))
	if res.StatusCode != status {
		n.t.Fatalf("%s %s: %s %s, want %d", method, path, res.Status, answer, status)
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(answer, v); err != nil {
		n.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

func (n *tailnet) mint(spec string) string {
	n.t.Helper()
	var answer struct{ Key string }
	n.admin("POST", "/admin/keys", spec, http.StatusOK, &answer)
	return answer.Key
}

func (n *tailnet) nodes() []adminNode {
	n.t.Helper()
	var nodes []adminNode
	n.admin("GET", "/admin/nodes", "", http.StatusOK, &nodes)
	return nodes
}

// await returns the first event of the kind after a sequence number.
func (n *tailnet) await(kind EventKind, after int) Event {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), deadline)
	defer cancel()
	for ctx.Err() == nil {
		for _, event := range n.control.events.Wait(ctx, after) {
			after = event.Seq
			if event.Kind == kind {
				return event
			}
		}
	}
	n.t.Fatalf("no event %q", kind)
	return Event{}
}

// machine is a client of the control plane: Tailscale's own for the connection, with requests made by hand.
type machine struct {
	tailnet  *tailnet
	client   *ts2021.Client
	key      key.NodePublic
	hostname string
}

func (n *tailnet) newMachine(hostname string) *machine {
	n.t.Helper()
	var keys tailcfg.OverTLSPublicKeyResponse
	n.admin("GET", "/key?v=100", "", http.StatusOK, &keys)
	client := must.Get(ts2021.NewClient(ts2021.ClientOpts{
		ServerURL: n.url, PrivKey: key.NewMachine(), ServerPubKey: keys.PublicKey,
		Dialer: tsdial.NewDialer(netmon.NewStatic()), Logf: logger.Discard,
	}))
	n.t.Cleanup(func() { client.Close() })
	return &machine{n, client, key.NewNode().Public(), hostname}
}

func (m *machine) post(ctx context.Context, path string, request any) *http.Response {
	m.tailnet.t.Helper()
	res, err := m.client.Post(ctx, path, m.key, request)
	if err != nil {
		m.tailnet.t.Fatal(err)
	}
	m.tailnet.t.Cleanup(func() { res.Body.Close() })
	return res
}

// register asks to join; change may alter the request.
func (m *machine) register(authKey string, change ...func(*tailcfg.RegisterRequest)) tailcfg.RegisterResponse {
	m.tailnet.t.Helper()
	request := &tailcfg.RegisterRequest{
		Version:  tailcfg.CurrentCapabilityVersion,
		NodeKey:  m.key,
		Hostinfo: &tailcfg.Hostinfo{Hostname: m.hostname, RequestTags: []string{"tag:gpu"}},
	}
	if authKey != "" {
		request.Auth = &tailcfg.RegisterResponseAuth{AuthKey: authKey}
	}
	for _, f := range change {
		f(request)
	}
	ctx, cancel := context.WithTimeout(m.tailnet.t.Context(), deadline)
	defer cancel()
	res := m.post(ctx, "/machine/register", request)
	var answer tailcfg.RegisterResponse
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		m.tailnet.t.Fatalf("register: %s: %v", res.Status, err)
	}
	return answer
}

// join registers and fails the test when that is refused.
func (m *machine) join(authKey string) {
	m.tailnet.t.Helper()
	if answer := m.register(authKey); answer.Error != "" || answer.AuthURL != "" || answer.NodeKeyExpired {
		m.tailnet.t.Fatalf("not admitted: %+v", answer)
	}
}

func (m *machine) logOut() {
	m.tailnet.t.Helper()
	m.register("", func(r *tailcfg.RegisterRequest) { r.Expiry = time.Unix(123, 0) })
}

// stream opens a stream of netmaps that ends with the returned func.
func (m *machine) stream() (netmaps *netmapStream, end context.CancelFunc) {
	m.tailnet.t.Helper()
	ctx, cancel := context.WithTimeout(m.tailnet.t.Context(), deadline)
	m.tailnet.t.Cleanup(cancel)
	request := &tailcfg.MapRequest{Version: tailcfg.CurrentCapabilityVersion, NodeKey: m.key, Stream: true}
	res := m.post(ctx, "/machine/map", request)
	if res.StatusCode != http.StatusOK {
		m.tailnet.t.Fatalf("map: %s", res.Status)
	}
	return &netmapStream{m.tailnet.t, res.Body}, cancel
}
