package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestEventsAreNumbered(t *testing.T) {
	var log EventLog
	log.Append(EventRegistered, "a.test", "1")
	log.Append(EventOnline, "a.test", "1")
	events := log.After(0)
	if len(events) != 2 || events[0].Seq != 1 || events[1].Seq != 2 || events[1].Kind != EventOnline {
		t.Fatalf("events %+v", events)
	}
	if rest := log.After(1); len(rest) != 1 || rest[0].Seq != 2 {
		t.Errorf("after 1: %+v", rest)
	}
	for _, seq := range []int{2, 99} {
		if rest := log.After(seq); rest == nil || len(rest) != 0 {
			t.Errorf("after %d: %#v, want an empty list", seq, rest)
		}
	}
}

func TestWaitWakesOnEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log EventLog
		log.Append(EventOnline, "a.test", "1")
		got := make(chan []Event)
		go func() { got <- log.Wait(t.Context(), 1) }()
		synctest.Wait()
		select {
		case events := <-got:
			t.Fatalf("returned early: %+v", events)
		default:
		}
		log.Append(EventOffline, "a.test", "1")
		if events := <-got; len(events) != 1 || events[0].Kind != EventOffline {
			t.Errorf("events %+v", events)
		}
	})
}

func TestWaitReturnsPastEventsAtOnce(t *testing.T) {
	var log EventLog
	log.Append(EventOnline, "a.test", "1")
	if events := log.Wait(t.Context(), 0); len(events) != 1 {
		t.Errorf("events %+v", events)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log EventLog
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		if events := log.Wait(ctx, 0); events == nil || len(events) != 0 {
			t.Errorf("events %#v, want an empty list", events)
		}
		if waited := time.Since(began); waited != time.Minute {
			t.Errorf("waited %v, want a minute", waited)
		}
	})
}
