package main

import (
	"net/http"
	"testing"
	"time"
)

func TestClockThatIsOff(t *testing.T) {
	net := newTailnet(t)
	box := net.newMachine("box")
	box.join(net.mint(`{}`))
	net.admin("PUT", "/admin/clock", `{"ahead_s":-73}`, http.StatusNoContent, nil)
	want := time.Now().Add(-73 * time.Second)
	res, err := http.Head(net.url)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if date, err := http.ParseTime(res.Header.Get("Date")); err != nil || date.Sub(want).Abs() > deadline {
		t.Errorf("Date %q, want about %v", res.Header.Get("Date"), want)
	}
	netmaps, _ := box.stream()
	if now := netmaps.next().ControlTime; now == nil || now.Sub(want).Abs() > deadline {
		t.Errorf("control time %v, want about %v", now, want)
	}
	net.admin("PUT", "/admin/clock", `{"ahead":1}`, http.StatusBadRequest, nil)
}
