package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// maxAnswer bounds an answer that is read whole: an import of 50,000 people
// with their PINs is about 8 MiB.
const maxAnswer = 64 << 20

// Client talks to one central server.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// Config says which server, with which token, trusted by which CA.
type Config struct {
	Server string // https://host:port
	Token  string
	CAFile string // PEM; empty: the system's roots
}

// New makes a Client. It does not connect.
func New(c Config) (*Client, error) {
	u, err := url.Parse(c.Server)
	if err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, problem.New(problem.Invalid, "The server's address must look like https://host:port.", "Set --server or TIMEPOST_SERVER.")
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, problem.New(problem.NotFound, "The CA file can't be read.", "Check --ca or TIMEPOST_CA.").Because(err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, problem.New(problem.Invalid, "The CA file holds no certificate.", "It must be PEM.")
		}
	}
	tr := &http.Transport{TLSClientConfig: conf, ForceAttemptHTTP2: true, ResponseHeaderTimeout: 2 * time.Minute, IdleConnTimeout: time.Minute}
	return &Client{base: strings.TrimSuffix(c.Server, "/") + "/api/v1", token: c.Token, http: &http.Client{Transport: tr}}, nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// call sends in (nil: no body) and reads the answer into out (nil: none).
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	return c.send(ctx, method, path, "application/json", body, out)
}

func (c *Client) send(ctx context.Context, method, path, kind string, body io.Reader, out any) error {
	res, err := c.do(ctx, method, path, kind, body, "application/json")
	if err != nil {
		return err
	}
	err = decode(res.Body, out)
	return errors.Join(err, res.Body.Close())
}

// do gives a successful answer whose body the caller closes.
func (c *Client) do(ctx context.Context, method, path, kind string, body io.Reader, accept string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Accept", accept)
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return c.roundTrip(req)
}

func (c *Client) roundTrip(req *http.Request) (*http.Response, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, unreachable(err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	var d problem.Details
	derr := decode(io.LimitReader(res.Body, 1<<20), &d)
	if cerr := res.Body.Close(); cerr != nil {
		derr = errors.Join(derr, cerr)
	}
	if derr != nil || d.Code == "" {
		return nil, problem.New(problem.Unavailable, "The server answered "+res.Status+".", "Is this a Timepost server?").Because(derr)
	}
	return nil, d.Problem()
}

func unreachable(err error) error {
	var unknown x509.UnknownAuthorityError
	var wrongHost x509.HostnameError
	switch {
	case errors.As(err, &unknown):
		return problem.New(problem.Untrusted, "The server's certificate is signed by an authority this machine does not know.",
			"Give its CA file with --ca or TIMEPOST_CA.").Because(err)
	case errors.As(err, &wrongHost):
		return problem.New(problem.Untrusted, "The server's certificate is for another host name.",
			"Use the name it was made for.").Because(err)
	}
	return problem.New(problem.Unavailable, "The server does not answer.", "Check the address and that central is running.").Because(err)
}

func decode(r io.Reader, out any) error {
	if out == nil {
		_, err := io.Copy(io.Discard, r)
		return err
	}
	if err := json.NewDecoder(io.LimitReader(r, maxAnswer)).Decode(out); err != nil {
		return problem.New(problem.Unavailable, "The server's answer can't be read.", "Is this a Timepost server?").Because(err)
	}
	return nil
}
