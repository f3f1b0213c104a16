package local_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/problem"
)

// radio is a Wireless that says what the test tells it.
type radio struct {
	asked []string
	err   error
}

func (r *radio) Networks(_ context.Context, session string) ([]local.Network, error) {
	r.asked = append(r.asked, session)
	return []local.Network{{SSID: "Bakery", Strength: 71, Security: "password", Active: true}}, r.err
}

func (r *radio) Join(_ context.Context, j local.Join) (local.Joined, error) {
	r.asked = append(r.asked, j.Session+" "+j.SSID+" "+j.Password)
	return local.Joined{Portal: true}, r.err
}

func TestWirelessOverTheSocket(t *testing.T) {
	t.Parallel()
	r, path := &radio{}, socketPath(t)
	s := local.NewServer(&fake{}, &fake{}, nil, nil)
	s.Offer(r)
	run(t, s, path)
	c := local.Dial(path)
	t.Cleanup(c.Close)
	got, err := c.Networks(t.Context(), "c1")
	if d := cmp.Diff([]local.Network{{SSID: "Bakery", Strength: 71, Security: "password", Active: true}}, got); d != "" || err != nil {
		t.Error(d, err)
	}
	j := local.Join{Session: "c1", SSID: "Bakery", Password: "brot und salz"}
	if got, err := c.Join(t.Context(), j); err != nil || !got.Portal {
		t.Error(got, err)
	}
	if d := cmp.Diff([]string{"c1", "c1 Bakery brot und salz"}, r.asked); d != "" {
		t.Error(d)
	}
	if text := fmt.Sprintf("%v %+v", j, j); strings.Contains(text, "brot") {
		t.Error(text)
	}
	r.err = problem.New(problem.Unauthenticated, "The password is not right.", "")
	if _, err := c.Join(t.Context(), j); !problem.Is(err, problem.Unauthenticated) {
		t.Error(err)
	}
}

// A machine without it has no such call.
func TestNoWireless(t *testing.T) {
	t.Parallel()
	path := socketPath(t)
	serve(t, path, &fake{})
	c := local.Dial(path)
	t.Cleanup(c.Close)
	if _, err := c.Networks(t.Context(), ""); err == nil {
		t.Error("there are networks")
	}
}
