package main

import (
	"context"
	"sync"
	"time"
)

// EventKind is what happened to a node.
type EventKind string

// A node is registered when it joins with a new node key, and online while it holds a stream of netmaps.
const (
	EventRegistered EventKind = "registered"
	EventOnline     EventKind = "online"
	EventOffline    EventKind = "offline"
	EventLoggedOut  EventKind = "logged_out"
)

// Event is one entry of the log; Seq counts from 1 without gaps.
type Event struct {
	Seq  int       `json:"seq"`
	Kind EventKind `json:"kind"`
	Node string    `json:"node"` // MagicDNS name without the trailing dot
	ID   string    `json:"id"`
	Time time.Time `json:"time"`
}

// EventLog is the ordered history of the tailnet. Its zero value is ready for use.
type EventLog struct {
	mu     sync.Mutex
	events []Event
	grown  Signal
}

// Append records an event and wakes its waiters.
func (l *EventLog) Append(kind EventKind, node, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, Event{Seq: len(l.events) + 1, Kind: kind, Node: node, ID: id, Time: time.Now().UTC()})
	l.grown.Broadcast()
}

// After returns the events with a sequence number above seq, without waiting; never nil.
func (l *EventLog) After(seq int) []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	if seq >= len(l.events) {
		return []Event{}
	}
	return append([]Event{}, l.events[max(seq, 0):]...)
}

// Wait returns the events above seq as soon as there are any; an empty list when ctx is done first.
func (l *EventLog) Wait(ctx context.Context, seq int) []Event {
	for {
		grown := l.grown.Next()
		if events := l.After(seq); len(events) > 0 {
			return events
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return []Event{}
		}
	}
}
