package main

import (
	"crypto/rand"
	"net/http"
	"strings"
	"sync"
)

// API is the part of the public API that `tailscale up` uses to make itself an auth key: an OAuth client's secret, or
// a workload's token, gives access; access gives a key. It accepts every secret and token.
type API struct {
	keys *KeyStore

	mu     sync.Mutex
	access map[string]bool
}

// Handler serves the paths under /api/v2/.
func (a *API) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v2/oauth/token", a.postToken)
	mux.HandleFunc("POST /api/v2/oauth/token-exchange", a.postToken)
	mux.HandleFunc("POST /api/v2/tailnet/-/keys", a.postKey)
	return mux
}

func (a *API) postToken(w http.ResponseWriter, _ *http.Request) {
	token := rand.Text()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.access == nil {
		a.access = map[string]bool{}
	}
	a.access[token] = true
	writeJSON(w, http.StatusOK, map[string]string{"access_token": token, "token_type": "Bearer"})
}

func (a *API) postKey(w http.ResponseWriter, r *http.Request) {
	user, _, _ := r.BasicAuth()
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.access[token] && !a.access[user] {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{"id": "k", "key": a.keys.Mint(KeySpec{})})
}
