package local

import (
	"context"
	"net/http"
)

// Network is a wireless network in reach.
type Network struct {
	SSID     string `json:"ssid"`
	Strength int    `json:"strength"` // per cent
	Security string `json:"security"` // open, password; company and old can't be joined here
	Active   bool   `json:"active"`   // this machine is in it
}

// Join asks for a network. Session is a caretaker's, "" on a machine that is no kiosk yet.
type Join struct {
	Session  string `json:"session,omitempty"`
	SSID     string `json:"ssid"`
	Password string `json:"password,omitempty"`
}

// String redacts.
func (Join) String() string { return "[join]" }

// Joined says how a network turned out.
type Joined struct {
	Portal bool `json:"portal,omitempty"` // it wants somebody to log in on a page first
}

// Wireless puts this machine into a wireless network, for its caretaker, and for anybody
// as long as it is no kiosk. Networks takes up to ten seconds, Join up to a minute.
// Errors: as package wifi's; problem.Expired where the session is over.
type Wireless interface {
	Networks(ctx context.Context, session string) ([]Network, error)
	Join(ctx context.Context, j Join) (Joined, error)
}

// Offer lets the screen set up Wi-Fi. Call it before Run.
func (s *Server) Offer(w Wireless) { s.wireless = w }

// wirelessRoutes are the calls about networks.
func (s *Server) wirelessRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST "+pathNetworks, answer(s, ofSession(s.wireless.Networks)))
	mux.HandleFunc("POST "+pathJoin, answer(s, func(ctx context.Context, r *http.Request) (Joined, error) {
		j, err := decode[Join](r)
		if err != nil {
			return Joined{}, err
		}
		return s.wireless.Join(ctx, j)
	}))
}

// Networks lists the wireless networks in reach.
func (c *Client) Networks(ctx context.Context, session string) ([]Network, error) {
	var out []Network
	err := c.call(ctx, http.MethodPost, pathNetworks, wireEnd{session}, &out)
	return out, err
}

// Join puts this machine into a network.
func (c *Client) Join(ctx context.Context, j Join) (Joined, error) {
	var out Joined
	err := c.call(ctx, http.MethodPost, pathJoin, j, &out)
	return out, err
}
