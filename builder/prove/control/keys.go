package main

import (
	"crypto/rand"
	"errors"
	"sync"
)

// Refusals of an auth key; a node shows the text to its user.
var (
	ErrKeyUnknown = errors.New("invalid key: this control plane did not issue it")
	ErrKeyUsed    = errors.New("invalid key: one-off key already used")
	ErrKeyExpired = errors.New("invalid key: key expired")
)

// KeySpec says what an auth key may do.
type KeySpec struct {
	Reusable  bool `json:"reusable"`  // admits any number of nodes instead of one
	Ephemeral bool `json:"ephemeral"` // its nodes are gone from the tailnet as soon as they log out
	Expired   bool `json:"expired"`   // refused from the start
}

type authKey struct {
	KeySpec
	used bool
}

// KeyStore holds the auth keys of the tailnet. Its zero value is ready for use.
type KeyStore struct {
	mu   sync.Mutex
	keys map[string]*authKey
}

// Mint issues a new auth key in the form of a real one.
func (s *KeyStore) Mint(spec KeySpec) string {
	secret := "tskey-auth-k" + rand.Text()[:10] + "CNTRL-" + rand.Text()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys == nil {
		s.keys = map[string]*authKey{}
	}
	s.keys[secret] = &authKey{KeySpec: spec}
	return secret
}

// Redeem admits one node with the key and uses up a one-off key. The error is one of the refusals above.
func (s *KeyStore) Redeem(secret string) (KeySpec, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.keys[secret]
	switch {
	case !ok:
		return KeySpec{}, ErrKeyUnknown
	case k.Expired:
		return KeySpec{}, ErrKeyExpired
	case k.used && !k.Reusable:
		return KeySpec{}, ErrKeyUsed
	}
	k.used = true
	return k.KeySpec, nil
}
