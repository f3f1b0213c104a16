package notify

import (
	"context"
	"strconv"

	"github.com/timepost/timepost/store/centraldb"
)

// Retry has an undelivered mail tried again from the beginning; problem.NotFound.
func (n *Notify) Retry(ctx context.Context, actor string, id int64) error {
	err := n.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.RetryLetter(ctx, id, n.Now().UnixNano()); err != nil {
			return err
		}
		return n.Audit.Record(ctx, tx, actor, "mail.retry", strconv.FormatInt(id, 10), nil)
	})
	if err == nil {
		n.Poke()
	}
	return err
}

// Drop removes a mail that was not sent; problem.NotFound.
func (n *Notify) Drop(ctx context.Context, actor string, id int64) error {
	return n.Store.Update(ctx, func(tx *centraldb.Tx) error {
		l, err := tx.DropLetter(ctx, id)
		if err != nil {
			return err
		}
		return n.Audit.Record(ctx, tx, actor, "mail.drop", strconv.FormatInt(id, 10), map[string]any{"to": l.Recipient, "subject": l.Subject})
	})
}

// Dismiss closes a request for a new PIN without giving one; problem.NotFound
// where none is open.
func (n *Notify) Dismiss(ctx context.Context, actor string, request int64) error {
	return n.Store.Update(ctx, func(tx *centraldb.Tx) error {
		person, err := tx.DismissPINRequest(ctx, request, n.Now().UnixNano(), actor)
		if err != nil {
			return err
		}
		return n.Audit.Record(ctx, tx, actor, "pin.dismiss", person, map[string]any{"request": request})
	})
}
