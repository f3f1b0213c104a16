package admin_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/store/centraldb"
)

// held is a body that comes only after something has happened.
type held struct {
	text      io.Reader
	meanwhile func()
}

// Read reads.
func (h *held) Read(b []byte) (int, error) {
	if h.meanwhile != nil {
		h.meanwhile()
		h.meanwhile = nil
	}
	return h.text.Read(b)
}

// Whose sessions are ended writes nothing any more, also with a form that is on its way.
func TestAFormThatOutlivesItsSessionWritesNothing(t *testing.T) {
	t.Parallel()
	for name, ended := range map[string]bool{"ended": true, "open": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.loggedIn()
			form := &held{strings.NewReader(url.Values{"name": {"Mallory"}}.Encode()), func() {
				if !ended {
					return
				}
				if err := w.door.EndOtherSessions(t.Context(), access.Identity{Email: email}, "another browser"); err != nil {
					t.Error(err)
				}
			}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.server.URL+"/team/new", form)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Expect", "100-continue") // the server asks for the body once somebody is let in
			transport := w.server.Client().Transport.(*http.Transport).Clone()
			transport.ExpectContinueTimeout = time.Minute
			defer transport.CloseIdleConnections()
			c.Transport = transport
			res, _ := w.do(c, req)
			_, n, err := w.db.TeamPage(t.Context(), centraldb.TeamFilter{Limit: 10})
			if err != nil {
				t.Fatal(err)
			}
			if form.meanwhile != nil || (n == 0) != ended || (res.StatusCode >= 400) != ended {
				t.Errorf("%s, %d people", res.Status, n)
			}
		})
	}
}
