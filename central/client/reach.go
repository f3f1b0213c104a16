package client

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// Reached is what the way to a server shows, before anybody logs in.
type Reached struct {
	Certificate time.Time     // its end
	Ahead       time.Duration // of the server's clock before ours; to the second, half of the way taken off
	Took        time.Duration // one request, with the connection made
}

// Reach asks whether a server is there and well, step by step, so that the error
// says which step fails: Invalid (the address), NotFound (no such name), Unavailable
// (nobody listens, or the database does not answer), Untrusted (its certificate).
func Reach(ctx context.Context, conf Config) (r Reached, err error) {
	c, err := New(conf)
	if err != nil {
		return r, err
	}
	defer c.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/healthz", nil)
	if err != nil {
		return r, problem.New(problem.Invalid, "The server's address can't be used.", "It must look like https://host:port.").Because(err)
	}
	host := req.URL.Hostname()
	if _, err := net.DefaultResolver.LookupHost(ctx, host); err != nil {
		return r, problem.New(problem.NotFound, "There is no machine called "+host+" here.", "Compare the name; look at this machine's network and DNS.").Because(err)
	}
	began := time.Now()
	res, err := c.roundTrip(req)
	if err != nil {
		return r, err
	}
	r.Took = time.Since(began)
	if res.TLS != nil && len(res.TLS.PeerCertificates) > 0 {
		r.Certificate = earliest(res.TLS.PeerCertificates)
	}
	if at, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		r.Ahead = at.Add(time.Second / 2).Sub(began.Add(r.Took / 2)).Round(time.Second)
	}
	_, err = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	if cerr := res.Body.Close(); err == nil {
		err = cerr
	}
	return r, err
}

// earliest gives when the first of the certificates ends.
func earliest(chain []*x509.Certificate) time.Time {
	end := chain[0].NotAfter
	for _, c := range chain[1:] {
		if c.NotAfter.Before(end) {
			end = c.NotAfter
		}
	}
	return end
}
