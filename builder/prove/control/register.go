package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/util/must"
)

// requestLimit bounds the body of a node's request, in bytes.
const requestLimit = 1 << 20

var errOtherMachine = errors.New("node key belongs to another machine")

// serveRegister decides who joins. A known node key joins again without an auth key, as at the real control plane;
// a new one needs an auth key or a visit to the login page.
func (c *Control) serveRegister(w http.ResponseWriter, r *http.Request) {
	req, err := decodeRegister(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if req.Followup != "" {
		if err := c.awaitLogin(r, req); err != nil {
			refuse(w, err)
			return
		}
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	known, ok := c.nodes.ByKey(req.NodeKey)
	switch {
	case ok && known.Machine != machineOf(r.Context()):
		refuse(w, errOtherMachine)
	case ok && isLogout(req):
		answer := c.forward(r, req)
		c.endSession(known)
		answer.writeTo(w)
	case ok && !known.LoggedOut():
		c.forward(r, req).writeTo(w)
	case c.server.Node(req.NodeKey) != nil: // logged out, removed or rotated: the node makes a new key and asks again
		writeJSON(w, http.StatusOK, tailcfg.RegisterResponse{NodeKeyExpired: true})
	default:
		c.admit(w, r, req)
	}
}

func decodeRegister(body io.Reader) (*tailcfg.RegisterRequest, error) {
	req := new(tailcfg.RegisterRequest)
	if err := json.NewDecoder(io.LimitReader(body, requestLimit)).Decode(req); err != nil {
		return nil, err
	}
	if req.Version == 0 || req.NodeKey.IsZero() || req.Hostinfo == nil {
		return nil, errors.New("register request without version, node key or host info")
	}
	return req, nil
}

// isLogout reports whether the node logs out, which it does by asking for an expiry in the past.
func isLogout(req *tailcfg.RegisterRequest) bool {
	return !req.Expiry.IsZero() && req.Expiry.Before(time.Now())
}

func (c *Control) awaitLogin(r *http.Request, req *tailcfg.RegisterRequest) error {
	u, err := url.Parse(req.Followup)
	if err != nil {
		return ErrNoSuchLogin
	}
	return c.logins.Wait(r.Context(), u.Path, req.NodeKey)
}

// admit lets a new node key in, or says why not.
func (c *Control) admit(w http.ResponseWriter, r *http.Request, req *tailcfg.RegisterRequest) {
	var spec KeySpec
	switch {
	case req.Auth != nil && req.Auth.AuthKey != "":
		var err error
		if spec, err = c.keys.Redeem(req.Auth.AuthKey); err != nil {
			refuse(w, err)
			return
		}
	case req.Followup == "":
		writeJSON(w, http.StatusOK, tailcfg.RegisterResponse{AuthURL: c.url + c.logins.Begin(req.NodeKey)})
		return
	}
	spec.Ephemeral = spec.Ephemeral || req.Ephemeral
	machine := machineOf(r.Context())
	// testcontrol keeps ID and addresses of the node whose key is rotated.
	predecessor, _ := c.nodes.Predecessor(machine, req.OldNodeKey)
	req.OldNodeKey = predecessor.Key
	answer := c.forward(r, req)
	c.enroll(req, machine, spec)
	answer.writeTo(w)
}

// forwarded is testcontrol's answer, held back until the node's record is complete.
type forwarded struct{ *httptest.ResponseRecorder }

func (f forwarded) writeTo(w http.ResponseWriter) {
	w.WriteHeader(f.Code)
	w.Write(f.Body.Bytes())
}

// forward lets testcontrol answer the request, without what was decided here.
func (c *Control) forward(r *http.Request, req *tailcfg.RegisterRequest) forwarded {
	req.Auth, req.Followup = nil, ""
	inner := r.Clone(r.Context())
	inner.Body = io.NopCloser(bytes.NewReader(must.Get(json.Marshal(req))))
	answer := forwarded{httptest.NewRecorder()}
	c.server.ServeHTTP(answer, inner)
	return answer
}

// enroll completes testcontrol's record of a node that has just joined.
func (c *Control) enroll(req *tailcfg.RegisterRequest, machine key.MachinePublic, spec KeySpec) {
	record := c.server.Node(req.NodeKey)
	node := c.nodes.Register(Node{
		ID: record.StableID, Machine: machine, Key: req.NodeKey, Hostname: req.Hostinfo.Hostname, Ephemeral: spec.Ephemeral,
	})
	record.Name = c.nodes.Name(node) + "."
	record.Hostinfo = req.Hostinfo.View()
	record.Tags = req.Hostinfo.RequestTags
	record.Cap = req.Version
	record.KeyExpiry = time.Time{}
	record.Created = time.Now()
	c.server.UpdateNode(record)
	c.changes.Broadcast()
}

// endSession expires the key of a node that logged out or whose time was up.
func (c *Control) endSession(node Node) {
	c.expire(node)
	c.nodes.LogOut(node.Key)
	c.changes.Broadcast()
}

func (c *Control) expire(node Node) {
	record := c.server.Node(node.Key)
	record.KeyExpiry = c.clock.Now().Add(-time.Minute)
	c.server.UpdateNode(record)
}

func refuse(w http.ResponseWriter, reason error) {
	writeJSON(w, http.StatusOK, tailcfg.RegisterResponse{Error: reason.Error()})
}
