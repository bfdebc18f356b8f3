package main

import (
	"net/http"
	"sync/atomic"
	"time"
)

// Clock is the time of the control plane, which may differ from this machine's. Its zero value does not.
type Clock struct{ ahead atomic.Int64 }

// Set puts the clock ahead of this machine's, or behind it.
func (c *Clock) Set(ahead time.Duration) { c.ahead.Store(int64(ahead)) }

// Now returns the time of the control plane.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Stamped adds this clock's Date header to every answer.
func (c *Clock) Stamped(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", c.Now().UTC().Format(http.TimeFormat))
		next.ServeHTTP(w, r)
	})
}
