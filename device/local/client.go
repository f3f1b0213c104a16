package local

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/internal/problem"
)

// Client is the screen's side of the socket. It connects when it is called and
// again whenever kioskd was gone meanwhile; there is nothing to reconnect.
type Client struct {
	http *http.Client
	base string
}

// maxAnswer bounds what one answer may have: a page of 200 people is far less, a
// roll-call of 10,000 is less.
const maxAnswer = 4 << 20

// The first and the longest pause before the stream of state is tried again.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 2 * time.Second
)

// Dial gives a client for the socket at path. It does not connect yet: kioskd
// may start later.
func Dial(path string) *Client {
	d := &net.Dialer{}
	return &Client{
		base: "http://kioskd",
		http: &http.Client{Transport: &http.Transport{
			DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
			DisableKeepAlives: false, MaxIdleConns: 2, IdleConnTimeout: 30 * time.Second,
		}},
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// State gives the present state.
func (c *Client) State(ctx context.Context) (State, error) {
	var s State
	err := c.call(ctx, http.MethodGet, pathState, nil, &s)
	return s, err
}

// People gives one page of the listed people.
func (c *Client) People(ctx context.Context, q PeopleQuery) (PeoplePage, error) {
	var p PeoplePage
	err := c.call(ctx, http.MethodPost, pathPeople, q, &p)
	return p, err
}

// Identify tries to identify somebody.
func (c *Client) Identify(ctx context.Context, a Attempt) (Session, error) {
	w := wireAttempt{Person: a.Person}
	if !a.PIN.IsZero() {
		w.PIN = a.PIN.Reveal() // kioskd needs the digits; the socket is ours alone
	}
	var s Session
	err := c.call(ctx, http.MethodPost, pathIdentify, w, &s)
	return s, err
}

// Punch records an action in a session. An error that is problem.Unavailable
// leaves open whether it was recorded.
func (c *Client) Punch(ctx context.Context, r PunchRequest) (Receipt, error) {
	var out Receipt
	err := c.call(ctx, http.MethodPost, pathPunch, r, &out)
	return out, err
}

// End closes a session.
func (c *Client) End(ctx context.Context, session string) error {
	return c.call(ctx, http.MethodPost, pathEnd, wireEnd{session}, &struct{}{})
}

// Forgot asks for a new PIN in a person's name.
func (c *Client) Forgot(ctx context.Context, person string) (Asked, error) {
	var out Asked
	err := c.call(ctx, http.MethodPost, pathForgot, wirePerson{person}, &out)
	return out, err
}

// OpenTeam tries the Universal PIN for a team.
func (c *Client) OpenTeam(ctx context.Context, p pin.PIN) (Team, error) {
	var w wireAttempt
	if !p.IsZero() {
		w.PIN = p.Reveal() // as in Identify
	}
	var out Team
	err := c.call(ctx, http.MethodPost, pathTeam, w, &out)
	return out, err
}

// PunchTeam records an action for several people. An error that is
// problem.Unavailable leaves open whether it was recorded.
func (c *Client) PunchTeam(ctx context.Context, r TeamPunch) (TeamReceipt, error) {
	var out TeamReceipt
	err := c.call(ctx, http.MethodPost, pathTeamDone, r, &out)
	return out, err
}

// Watch gives the state now and after each change, until ctx ends; the channel
// is then closed. While kioskd does not answer, it gives a State whose Fault is
// problem.Unavailable, and goes on trying. A slow receiver sees the newest.
func (c *Client) Watch(ctx context.Context) <-chan State {
	out := make(chan State, 1)
	go func() {
		defer close(out)
		for pause := firstRetry; ctx.Err() == nil; pause = min(2*pause, lastRetry) {
			if c.follow(ctx, out) {
				pause = firstRetry
			}
			if ctx.Err() != nil {
				return
			}
			newest(out, State{Fault: string(problem.Unavailable)})
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}()
	return out
}

// follow reads one stream to its end and says whether anything came.
func (c *Client) follow(ctx context.Context, out chan State) (came bool) {
	res, err := c.send(ctx, http.MethodGet, pathEvents, nil)
	if err != nil {
		return false
	}
	defer res.Body.Close() //nolint:errcheck // the stream has ended
	d := json.NewDecoder(res.Body)
	for {
		var s State
		if err := d.Decode(&s); err != nil {
			return came
		}
		came = true
		newest(out, s)
	}
}

// newest replaces what the receiver has not taken; one goroutine sends.
func newest(out chan State, s State) {
	select {
	case <-out:
	default:
	}
	out <- s
}

// Enrol makes this machine a kiosk and reports each step.
func (c *Client) Enrol(ctx context.Context, r EnrolRequest, step func(EnrolStep)) error {
	res, err := c.send(ctx, http.MethodPost, pathEnrol, r)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end or given up
	s := bufio.NewScanner(io.LimitReader(res.Body, maxAnswer))
	for s.Scan() {
		var p wireProgress
		if err := json.Unmarshal(s.Bytes(), &p); err != nil {
			return silent(fmt.Errorf("read enrolment: %w", err))
		}
		switch {
		case p.Error != nil:
			return asProblem(*p.Error)
		case p.Step != nil:
			step(*p.Step)
		case p.Done:
			return nil
		}
	}
	return silent(errors.Join(errors.New("the enrolment broke off"), s.Err()))
}

func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	res, err := c.send(ctx, method, path, in)
	if err != nil {
		return err
	}
	defer res.Body.Close() //nolint:errcheck // read to its end
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(out); err != nil {
		return silent(fmt.Errorf("read answer: %w", err))
	}
	return nil
}

// send makes a request and gives an answer that is 200; anything else is a
// problem.
func (c *Client) send(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("encode request: %w", err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	if in != nil {
		req.Header.Set("Content-Type", typeJSON)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, silent(err)
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close() //nolint:errcheck // read as far as it is needed
	var d problem.Details
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&d); err != nil || d.Code == "" {
		return nil, silent(fmt.Errorf("answer %s", res.Status))
	}
	return nil, asProblem(d)
}

// asProblem gives the problem with its numbers as the Terminal made them: JSON
// has turned them into floats.
func asProblem(d problem.Details) error {
	if n, ok := d.Detail["tries_left"].(float64); ok {
		d.Detail["tries_left"] = int(n)
	}
	if n, ok := d.Detail["wait_ms"].(float64); ok {
		d.Detail["wait_ms"] = int64(n)
	}
	return d.Problem()
}

func silent(err error) error {
	return problem.New(problem.Unavailable, "The time clock's service does not answer.",
		"It starts by itself within a minute; if not, tell your supervisor.").Because(err)
}
