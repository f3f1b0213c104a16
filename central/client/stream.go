package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// Follow calls each with every punch after f.After and then with new ones as
// they arrive, each once and in order, until ctx ends or each fails. A lost
// stream is taken up again where it ended, after a pause of 1 s doubling to 30 s.
func (c *Client) Follow(ctx context.Context, f PunchFilter, each func(Punch) error) error {
	pause := time.Second
	for {
		before := f.After
		err := c.followOnce(ctx, &f, each)
		if ctx.Err() != nil {
			return nil
		}
		var stop *stopError
		if errors.As(err, &stop) {
			return stop.err
		}
		if !problem.Is(err, problem.Unavailable) && err != nil {
			return err
		}
		if f.After != before {
			pause = time.Second
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		pause = min(2*pause, 30*time.Second)
	}
}

// stopError carries an error of the caller's own function out of the loop.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }

func (c *Client) followOnce(ctx context.Context, f *PunchFilter, each func(Punch) error) error {
	res, err := c.do(ctx, http.MethodGet, "/punches/stream?"+f.Values().Encode(), "", nil, "text/event-stream")
	if err != nil {
		return err
	}
	err = readEvents(res.Body, func(data []byte) error {
		var p Punch
		if err := json.Unmarshal(data, &p); err != nil {
			return fmt.Errorf("read punch: %w", err)
		}
		if err := each(p); err != nil {
			return &stopError{err}
		}
		f.After = p.ID
		return nil
	})
	return errors.Join(err, res.Body.Close())
}

// readEvents reads the data of server-sent events until the stream ends.
func readEvents(r io.Reader, event func(data []byte) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), 1<<20)
	var data []byte
	for sc.Scan() {
		line := sc.Text()
		if rest, ok := strings.CutPrefix(line, "data:"); ok {
			data = append(data, strings.TrimPrefix(rest, " ")...)
			continue
		}
		if line == "" && len(data) > 0 {
			if err := event(data); err != nil {
				return err
			}
			data = data[:0]
		}
	}
	if err := sc.Err(); err != nil {
		return unreachable(err)
	}
	return nil
}

func jsonRequest(ctx context.Context, method, url string, in any) (*http.Request, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	return req, nil
}

func joinClose(err error, c io.Closer) error { return errors.Join(err, c.Close()) }
