package main

import "testing"

func TestCheckURL(t *testing.T) {
	for url, ok := range map[string]bool{
		"http://172.30.0.2:8080":  true,
		"http://127.0.0.1:8080":   true,
		"http://[fd00::2]:8080":   true,
		"http://control:8080":     false,
		"http://8.8.8.8:8080":     false,
		"https://172.30.0.2:8080": false,
		"http://172.30.0.2:8080/": false,
		"":                        false,
		"http://172.30.0.2:x":     false,
	} {
		if _, err := checkURL(url); (err == nil) != ok {
			t.Errorf("checkURL(%q): %v", url, err)
		}
	}
}
