package main

import (
	"net/http"
	"testing"
)

func TestAPIGivesKeysToWhomItKnows(t *testing.T) {
	net := newTailnet(t)
	net.admin("POST", "/api/v2/tailnet/-/keys", `{}`, http.StatusUnauthorized, nil)
	for _, path := range []string{"/api/v2/oauth/token", "/api/v2/oauth/token-exchange"} {
		var access struct {
			Token string `json:"access_token"`
		}
		net.admin("POST", path, "", http.StatusOK, &access)
		req, err := http.NewRequest("POST", net.url+"/api/v2/tailnet/-/keys", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+access.Token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}
