package api_test

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/api/apitest"
)

// events reads the ids of n events of a stream.
func events(t *testing.T, c *apitest.Central, last string, n int, meanwhile func()) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+api.Base+"/punches/stream?after=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.Token)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := c.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if kind := res.Header.Get("Content-Type"); kind != "text/event-stream" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", res.Header)
	}
	meanwhile()
	var ids []string
	for sc := bufio.NewScanner(res.Body); len(ids) < n && sc.Scan(); {
		if id, ok := strings.CutPrefix(sc.Text(), "id: "); ok {
			ids = append(ids, id)
		}
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return ids
}

// A stream begins after the id that the reader had last, and goes on with what
// arrives.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	c := apitest.Start(t)
	c.People("Ada Brandt")
	c.Kiosk("front-door", "Front door")
	one := attendance.Punch{Person: "p-1", Kiosk: "front-door", Action: attendance.In, At: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC), Auth: attendance.AuthPersonal}
	c.Punch(one, one, one)
	if d := cmp.Diff([]string{"2", "3", "4"}, events(t, c, "", 3, func() { c.Punch(one) })); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"4", "5"}, events(t, c, "3", 2, func() { c.Punch(one) })); d != "" {
		t.Error(d)
	}
}
