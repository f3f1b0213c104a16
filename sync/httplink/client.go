package httplink

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// Limits of a call.
const (
	timeout      = 20 * time.Second
	maxBody      = 1 << 20 // bytes of an answer
	maxRedirects = 3
)

// Config is what calls stand on.
type Config struct {
	// Extra are authorities that may stand behind central's web address, beside
	// the system's: a company's own, or the fleet's.
	Extra []*x509.Certificate
	// System is the pool of the system's roots; nil means the machine's own.
	System *x509.CertPool
	// Built and Anchored are instants known to have passed, as in trust.Config.
	Built    time.Time
	Anchored func() time.Time
	// Now is the wall clock, which has a say only under the system's roots.
	Now func() time.Time
}

// Client makes calls.
type Client struct{ cfg Config }

// New gives a Client.
func New(cfg Config) *Client { return &Client{cfg: cfg} }

// Authority connects to addr (host:port) and gives the certificate with this
// SHA-256 from the chain it presents. Nothing else of the server is believed, and
// nothing is said to it. It fails with problem.Untrusted when the chain has no
// such certificate.
func (c *Client) Authority(ctx context.Context, addr string, sum [sha256.Size]byte) (*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, badAddress(err)
	}
	// Not insecure: the certificate we look for is named by its hash, and the
	// connection is closed at once.
	d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS13, ServerName: host, InsecureSkipVerify: true}}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, reach(err)
	}
	chain := conn.(*tls.Conn).ConnectionState().PeerCertificates
	_ = conn.Close() // nothing was sent that could be lost
	for _, cert := range chain {
		if sha256.Sum256(cert.Raw) == sum {
			return cert, nil
		}
	}
	return nil, problem.New(problem.Untrusted, "This is not the server the code was made for.",
		"Ask for a new code. If this stays, somebody may be in between: tell your operator.")
}

// WellKnown reads where kiosks go, from central's web address (https://host:port).
// It fails with problem.NotFound where no Timepost server answers.
func (c *Client) WellKnown(ctx context.Context, base string) (wire.WellKnown, error) {
	var w wire.WellKnown
	req, err := http.NewRequest(http.MethodGet, base+wire.WellKnownPath, nil)
	if err != nil {
		return w, badAddress(err)
	}
	err = c.call(ctx, c.public, req, &w)
	if err != nil {
		return w, fmt.Errorf("ask %s for the device listener: %w", base, err)
	}
	return w, nil
}

// Unverified is WellKnown of whoever answers there: what it says is to be compared by
// people before anything is believed.
func (c *Client) Unverified(ctx context.Context, base string) (wire.WellKnown, error) {
	var w wire.WellKnown
	req, err := http.NewRequest(http.MethodGet, base+wire.WellKnownPath, nil)
	if err != nil {
		return w, badAddress(err)
	}
	// Insecure on purpose: the authority that comes back goes into the check value.
	anybody := func(host string) *tls.Config {
		return &tls.Config{MinVersion: tls.VersionTLS13, ServerName: host, InsecureSkipVerify: true}
	}
	if err := c.call(ctx, anybody, req, &w); err != nil {
		return w, fmt.Errorf("ask %s for the device listener: %w", base, err)
	}
	return w, nil
}

// Ask posts the wish to be let in to the device listener at addr (host:port) under ca.
func (c *Client) Ask(ctx context.Context, addr string, ca *x509.Certificate, r wire.EnrolRequest) (wire.AskReply, error) {
	var reply wire.AskReply
	if err := c.post(ctx, addr, wire.AskPath, ca, r, &reply); err != nil {
		return reply, fmt.Errorf("ask at %s: %w", addr, err)
	}
	return reply, nil
}

// Enrol posts a request to the device listener at addr (host:port) under ca.
func (c *Client) Enrol(ctx context.Context, addr string, ca *x509.Certificate, r wire.EnrolRequest) (wire.EnrolReply, error) {
	var reply wire.EnrolReply
	if err := c.post(ctx, addr, wire.EnrolPath, ca, r, &reply); err != nil {
		return reply, fmt.Errorf("enrol at %s: %w", addr, err)
	}
	return reply, nil
}

func (c *Client) post(ctx context.Context, addr, path string, ca *x509.Certificate, r wire.EnrolRequest, out any) error {
	body, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode enrolment: %w", err)
	}
	req, err := http.NewRequest(http.MethodPost, "https://"+addr+path, bytes.NewReader(body))
	if err != nil {
		return badAddress(err)
	}
	req.Header.Set("Content-Type", "application/json")
	pinned := trust.Config{Roots: []*x509.Certificate{ca}, Built: c.cfg.Built, Anchored: c.cfg.Anchored}
	return c.call(ctx, pinned.Client, req, out)
}

// call makes one request over connections that tlsFor vouches for, and reads the
// answer into out.
func (c *Client) call(ctx context.Context, tlsFor func(host string) *tls.Config, req *http.Request, out any) error {
	return c.callWithin(ctx, timeout, tlsFor, req, out)
}

// callWithin is call with a limit of its own.
func (c *Client) callWithin(ctx context.Context, limit time.Duration, tlsFor func(host string) *tls.Config, req *http.Request, out any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	t := &http.Transport{
		DisableKeepAlives: true,
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, _, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			d := tls.Dialer{Config: tlsFor(host)}
			return d.DialContext(ctx, network, addr)
		},
	}
	defer t.CloseIdleConnections()
	hc := http.Client{Transport: t, CheckRedirect: stay}
	req.Header.Set("Accept", "application/json, application/problem+json")
	resp, err := hc.Do(req.WithContext(ctx))
	if err != nil {
		return reach(err)
	}
	defer func() { _ = resp.Body.Close() }() // only read from
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return reach(err)
	}
	if resp.StatusCode != http.StatusOK {
		return refused(resp, body)
	}
	if len(body) > maxBody {
		return stranger(fmt.Errorf("answer of more than %d bytes", maxBody))
	}
	if err := json.Unmarshal(body, out); err != nil {
		return stranger(err)
	}
	return nil
}

// stay follows a redirect only to HTTPS, and never with a body: an enrolment
// goes to the address that was pinned and nowhere else.
func stay(req *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet || req.URL.Scheme != "https" || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// public gives the TLS configuration for central's web address: the extra
// authorities are judged like a pinned one, the system's by the wall clock.
func (c *Client) public(host string) *tls.Config {
	extra := trust.Config{Roots: c.cfg.Extra, Built: c.cfg.Built, Anchored: c.cfg.Anchored}.Client(host)
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		ServerName: host,
		// Not insecure: VerifyConnection replaces the built-in verification and
		// runs on every handshake.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if extra.VerifyConnection(s) == nil {
				return nil
			}
			return c.bySystem(host, s.PeerCertificates)
		},
	}
}
