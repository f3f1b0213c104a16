package main

import (
	"context"
	"errors"
	"time"
)

// crews are all parts of the fleet, as one.
type crews []*crew

var _ kiosks = crews(nil)

// add gives the kiosk to the crew that a code's bytes name, so that all get
// about as many.
func (all crews) add(_ context.Context, code string) error {
	sum := 0
	for _, b := range []byte(code) {
		sum += int(b)
	}
	return all[sum%len(all)].Call("Crew.Add", code, new(int))
}

func (all crews) connected() (n int) {
	for _, c := range all {
		var some int
		if err := c.Call("Crew.Connected", 0, &some); err != nil {
			return -1
		}
		n += some
	}
	return n
}

func (all crews) samples(from, until time.Time) ([]time.Duration, error) {
	var took []time.Duration
	for _, c := range all {
		var some []time.Duration
		if err := c.Call("Crew.Samples", Span{from, until}, &some); err != nil {
			return nil, err
		}
		took = append(took, some...)
	}
	return took, nil
}

func (all crews) stands() ([]Stand, error) {
	var stands []Stand
	for _, c := range all {
		var some []Stand
		if err := c.Call("Crew.Stands", 0, &some); err != nil {
			return nil, err
		}
		stands = append(stands, some...)
	}
	return stands, nil
}

// memory gives what the kiosks of all crews take, in bytes.
func (all crews) memory() (bytes int64) {
	for _, c := range all {
		bytes += memory(c.process.Process.Pid) - c.before
	}
	return bytes
}

func (all crews) end() (err error) {
	for _, c := range all {
		err = errors.Join(err, c.end())
	}
	return err
}
