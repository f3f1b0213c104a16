package client_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

func connect(t *testing.T, c *apitest.Central) *client.Client {
	t.Helper()
	api, err := client.New(client.Config{Server: c.URL, Token: c.Token, CAFile: c.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(api.Close)
	return api
}

func punches(n int, person, kiosk string) []attendance.Punch {
	out := make([]attendance.Punch, n)
	for i := range out {
		out[i] = attendance.Punch{
			Person: person, Kiosk: kiosk, Action: attendance.In, Auth: attendance.AuthPersonal,
			At: time.Date(2026, 3, 2, 7, 0, i, 0, time.UTC),
		}
	}
	return out
}

// following runs Follow and gives the ids as they come.
func following(t *testing.T, api *client.Client, f client.PunchFilter) <-chan int64 {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ids, done := make(chan int64, 10_000), make(chan error, 1)
	go func() {
		done <- api.Follow(ctx, f, func(u client.Punch) error {
			ids <- u.ID
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return ids
}

func take(t *testing.T, ids <-chan int64, n int) []int64 {
	t.Helper()
	limit := time.After(20 * time.Second)
	var got []int64
	for len(got) < n {
		select {
		case id := <-ids:
			got = append(got, id)
		case <-limit:
			t.Fatalf("%d of %d punches came: %v", len(got), n, got)
		}
	}
	return got
}

func sequence(from, to int64) []int64 {
	var out []int64
	for i := from; i <= to; i++ {
		out = append(out, i)
	}
	return out
}

// What is there comes first, more than one page of it; then what is new, each
// punch once and in order, also across a server that goes away.
func TestFollowAcrossARestart(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	c.People("Ada Brandt")
	c.Kiosk("front-door", "Front door")
	c.Punch(punches(1203, "p-1", "front-door")...)
	ids := following(t, connect(t, c), client.PunchFilter{After: 3})
	if d := cmp.Diff(sequence(4, 1203), take(t, ids, 1200)); d != "" {
		t.Fatal(d)
	}
	c.Punch(punches(2, "p-1", "front-door")...)
	if d := cmp.Diff(sequence(1204, 1205), take(t, ids, 2)); d != "" {
		t.Fatal(d)
	}
	c.Restart()
	c.Punch(punches(3, "p-1", "front-door")...)
	if d := cmp.Diff(sequence(1206, 1208), take(t, ids, 3)); d != "" {
		t.Fatal(d)
	}
	select {
	case id := <-ids:
		t.Fatalf("%d came twice", id)
	default:
	}
}

// Only the chosen punches come.
func TestFollowFilters(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	c.People("Ada Brandt", "Ben Okafor")
	c.Kiosk("front-door", "Front door")
	c.Kiosk("dock", "Dock")
	ids := following(t, connect(t, c), client.PunchFilter{Person: "p-2", Kiosk: "dock", From: time.Date(2026, 3, 2, 7, 0, 1, 0, time.UTC)})
	c.Punch(punches(2, "p-1", "dock")...)       // 1, 2
	c.Punch(punches(2, "p-2", "front-door")...) // 3, 4
	c.Punch(punches(3, "p-2", "dock")...)       // 5 is too early
	if d := cmp.Diff([]int64{6, 7}, take(t, ids, 2)); d != "" {
		t.Fatal(d)
	}
}

// The caller's own error, and the server's refusal, end it.
func TestFollowEnds(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	c.People("Ada Brandt")
	c.Kiosk("front-door", "Front door")
	c.Punch(punches(1, "p-1", "front-door")...)
	stop := errors.New("enough")
	if err := connect(t, c).Follow(t.Context(), client.PunchFilter{}, func(client.Punch) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("own error: %v", err)
	}
	bad, err := client.New(client.Config{Server: c.URL, Token: "timepost_wrong", CAFile: c.CAFile})
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	if err := bad.Follow(t.Context(), client.PunchFilter{}, func(client.Punch) error { return nil }); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("bad token: %v", err)
	}
}
