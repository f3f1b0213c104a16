package broker

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
)

// inside is the user name of connections from this process.
const inside = "central"

// gate decides who connects and what they may do there.
type gate struct {
	org    string
	secret string
	admit  Admit
	log    *slog.Logger
	srv    atomic.Pointer[server.Server]
}

// Check implements server.Authentication. It is called once per connection,
// after the TLS handshake.
func (g *gate) Check(c server.ClientAuthentication) bool {
	state := c.GetTLSConnectionState()
	if state == nil {
		// Only connections inside the process are without TLS: nothing else listens.
		o := c.GetOpts()
		ok := o.Username == inside && subtle.ConstantTimeCompare([]byte(o.Password), []byte(g.secret)) == 1
		if ok {
			c.RegisterUser(&server.User{Username: inside})
		}
		return ok
	}
	if len(state.PeerCertificates) == 0 {
		return false
	}
	id, err := g.admit(state.PeerCertificates[0])
	if err == nil {
		err = g.ownName(c, id)
	}
	if err != nil {
		g.log.Warn("connection refused", "remote", fmt.Sprint(c.RemoteAddress()), "kiosk", id, "err", err)
		return false
	}
	c.RegisterUser(&server.User{Username: id, Permissions: &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{upOf(g.org, id)}},
		Subscribe: &server.SubjectPermission{Allow: []string{downOf(g.org, id)}},
	}})
	return true
}

// ownName refuses a kiosk that gives a name other than its own. A second
// connection of one client id ends the first, so with a free choice any kiosk
// could keep every other one off the line.
func (g *gate) ownName(c server.ClientAuthentication, id string) error {
	if !attendance.ValidSegment(id) { // a wildcard would open every topic
		return problem.New(problem.Forbidden, "The certificate names no kiosk.", "")
	}
	if user := c.GetOpts().Username; user != "" && user != id {
		return problem.New(problem.Forbidden, "The user name is not the certificate's.", "").With("user", user)
	}
	srv := g.srv.Load()
	if srv == nil {
		return problem.New(problem.Unavailable, "The broker is still starting.", "")
	}
	conns, err := srv.Connz(&server.ConnzOptions{CID: c.GetID()})
	if err != nil {
		return fmt.Errorf("look up client id: %w", err)
	}
	if len(conns.Conns) != 1 || conns.Conns[0].MQTTClient != id {
		return problem.New(problem.Forbidden, "The client id is not the certificate's.", "")
	}
	return nil
}
