package main

import (
	"context"

	"github.com/timepost/timepost/device/local"
)

// Caretakers asks the Terminal.
func (f *face) Caretakers(ctx context.Context) ([]local.PersonCard, error) {
	t, _, _, err := f.now()
	if err != nil {
		return nil, err
	}
	return t.Caretakers(ctx)
}

// Care asks the Terminal.
func (f *face) Care(ctx context.Context, a local.Attempt) (local.Condition, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Condition{}, err
	}
	c, err := t.Care(ctx, a)
	c.State = f.dressed(c.State)
	return c, err
}

// Condition asks the Terminal.
func (f *face) Condition(ctx context.Context, session string) (local.Condition, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Condition{}, err
	}
	c, err := t.Condition(ctx, session)
	c.State = f.dressed(c.State)
	return c, err
}

// Facts asks the Terminal; without one there is the state alone.
func (f *face) Facts(ctx context.Context) (local.Condition, error) {
	t, _, s, err := f.now()
	if err != nil {
		return local.Condition{State: s, KeyTier: keyTier, Software: version}, nil //nolint:nilerr // the state says it
	}
	c, err := t.Facts(ctx)
	c.State = f.dressed(c.State)
	return c, err
}

// RollCall asks the Terminal.
func (f *face) RollCall(ctx context.Context, session string) (local.RollCall, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.RollCall{}, err
	}
	return t.RollCall(ctx, session)
}

// SyncNow asks the Terminal.
func (f *face) SyncNow(ctx context.Context, session string) error {
	t, _, _, err := f.now()
	if err != nil {
		return err
	}
	return t.SyncNow(ctx, session)
}

// Restart asks the Terminal.
func (f *face) Restart(ctx context.Context, session string) error {
	t, _, _, err := f.now()
	if err != nil {
		return err
	}
	return t.Restart(ctx, session)
}

// Diagnose asks the Terminal.
func (f *face) Diagnose(ctx context.Context, session string) error {
	t, _, _, err := f.now()
	if err != nil {
		return err
	}
	return t.Diagnose(ctx, session)
}

// Diagnostics asks the Terminal.
func (f *face) Diagnostics(ctx context.Context, send bool) ([]byte, error) {
	t, _, _, err := f.now()
	if err != nil {
		return nil, err
	}
	return t.Diagnostics(ctx, send)
}

// LearnReader asks the Terminal.
func (f *face) LearnReader(ctx context.Context, session string) (local.Reader, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Reader{}, err
	}
	return t.LearnReader(ctx, session)
}
