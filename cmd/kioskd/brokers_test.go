package main

import (
	"errors"
	"log/slog"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/enrol"
)

// A kiosk follows central to other brokers, and lets go of those before only once it was
// welcomed at one of the new.
func TestBrokersAreTakenOver(t *testing.T) {
	t.Parallel()
	a, b, c := "tls://a:1", "tls://b:1", "tls://c:1"
	type lists struct{ Brokers, Reserve []string }
	for name, x := range map[string]struct {
		has  lists
		at   string
		told []string
		want lists
		move bool
	}{
		"an early central says nothing": {lists{[]string{a}, nil}, a, nil, lists{[]string{a}, nil}, false},
		"nothing new":                   {lists{[]string{a}, nil}, a, []string{a}, lists{[]string{a}, nil}, false},
		"one more":                      {lists{[]string{a}, nil}, a, []string{a, b}, lists{[]string{a, b}, nil}, false},
		"another is preferred":          {lists{[]string{a}, nil}, a, []string{b, a}, lists{[]string{b, a}, nil}, true},
		"another instead":               {lists{[]string{a}, nil}, a, []string{b}, lists{[]string{b}, []string{a}}, true},
		"still at the one before":       {lists{[]string{b}, []string{a}}, a, []string{b}, lists{[]string{b}, []string{a}}, false},
		"arrived":                       {lists{[]string{b}, []string{a}}, b, []string{b}, lists{[]string{b}, nil}, false},
		"once more before it arrived":   {lists{[]string{b}, []string{a}}, a, []string{c}, lists{[]string{c}, []string{b, a}}, true},
		"back again":                    {lists{[]string{b}, []string{a}}, a, []string{a}, lists{[]string{a}, nil}, false},
		"second choice, as before":      {lists{[]string{b, a}, nil}, a, []string{b, a}, lists{[]string{b, a}, nil}, false},
	} {
		w := &brokers{
			own: newCredential(&enrol.Identity{Brokers: x.has.Brokers, Reserve: x.has.Reserve}),
			log: slog.New(slog.DiscardHandler), welcomed: func() string { return x.at },
		}
		w.keep = func(list, reserve []string) error {
			w.own.id.Store(&enrol.Identity{Brokers: list, Reserve: reserve})
			return nil
		}
		move := w.Welcomed(t.Context(), x.told)
		id := w.own.Identity()
		if d := cmp.Diff(x.want, lists{id.Brokers, id.Reserve}); d != "" || move != x.move {
			t.Errorf("%s: moves %v, %s", name, move, d)
		}
		if want := slices.Concat(x.want.Brokers, x.want.Reserve); !slices.Equal(w.list(), want) {
			t.Errorf("%s: tried are %v", name, w.list())
		}
		w.keep = func([]string, []string) error { return errors.New("disk full") }
		if w.Welcomed(t.Context(), []string{"tls://d:1"}) {
			t.Errorf("%s: moves although nothing is on disk", name)
		}
	}
}
