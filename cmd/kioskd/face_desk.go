package main

import (
	"context"

	"github.com/timepost/timepost/device/local"
)

// Hours asks the Terminal.
func (f *face) Hours(ctx context.Context, session string) (local.Hours, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Hours{}, err
	}
	return t.Hours(ctx, session)
}

// Missed asks the Terminal.
func (f *face) Missed(ctx context.Context, m local.Missed) (local.Asked, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Asked{}, err
	}
	return t.Missed(ctx, m)
}

// Unresolved asks the Terminal.
func (f *face) Unresolved(ctx context.Context, session string) (local.Session, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Session{}, err
	}
	return t.Unresolved(ctx, session)
}

// Undo asks the Terminal.
func (f *face) Undo(ctx context.Context, ticket string) (local.Undone, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Undone{}, err
	}
	return t.Undo(ctx, ticket)
}

// Read asks the Terminal.
func (f *face) Read(ctx context.Context, ticket, message string) error {
	t, _, _, err := f.now()
	if err != nil {
		return err
	}
	return t.Read(ctx, ticket, message)
}

// NotListed asks the Terminal.
func (f *face) NotListed(ctx context.Context, n local.Newcomer) (local.Receipt, error) {
	t, _, _, err := f.now()
	if err != nil {
		return local.Receipt{}, err
	}
	return t.NotListed(ctx, n)
}
