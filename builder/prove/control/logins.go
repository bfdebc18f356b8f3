package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"sync"

	"tailscale.com/types/key"
)

// ErrNoSuchLogin refuses a node that waits on a login it did not begin.
var ErrNoSuchLogin = errors.New("no such login: run `tailscale up` again")

type login struct {
	node     key.NodePublic
	approved context.Context
	approve  context.CancelFunc
}

// Logins are the sign-ins of nodes without an auth key. Its zero value is ready for use.
type Logins struct {
	mu      sync.Mutex
	pending map[string]login // by path of the login page
}

// Begin returns the path of a new login page for the node.
func (l *Logins) Begin(node key.NodePublic) string {
	path := "/login/" + rand.Text()
	approved, approve := context.WithCancel(context.Background())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pending == nil {
		l.pending = map[string]login{}
	}
	l.pending[path] = login{node, approved, approve}
	return path
}

// Wait returns once someone visited the login page; ErrNoSuchLogin if it is another node's.
func (l *Logins) Wait(ctx context.Context, path string, node key.NodePublic) error {
	began, ok := l.find(path)
	if !ok || began.node != node {
		return ErrNoSuchLogin
	}
	select {
	case <-began.approved.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ServeHTTP is the login page: whoever visits it signs the node in.
func (l *Logins) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began, ok := l.find(r.URL.Path)
	if !ok {
		http.Error(w, ErrNoSuchLogin.Error(), http.StatusNotFound)
		return
	}
	began.approve()
	io.WriteString(w, "The node is signed in.\n")
}

func (l *Logins) find(path string) (login, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	began, ok := l.pending[path]
	return began, ok
}
