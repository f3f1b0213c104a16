package team

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"io"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// PINs reads the table of PINs page by page; the zero key begins.
type PINs interface {
	PINs(ctx context.Context, after centraldb.PINKey, limit int) ([]centraldb.PIN, error)
}

// pinPage is how many PINs are read at once.
const pinPage = 500

// Holds opens everything in a row: the PIN, whose length and tag have to be the
// row's, and its hash where there is one. An erased PIN holds. problem.Damaged
// otherwise.
func (b *Book) Holds(row centraldb.PIN) error {
	if row.Len == 0 {
		return nil
	}
	p, err := b.Open(row)
	if err != nil {
		return err
	}
	if p.Len() != row.Len || !hmac.Equal(b.Tag(p), row.Tag) {
		return problem.New(problem.Damaged, "A stored PIN is not what its row says.", "Generate a new PIN.").
			Because(errors.New("length or tag differ"))
	}
	if row.Hash == nil {
		return nil
	}
	_, err = b.OpenHash(row.Kind, row.Subject, row.Version, row.Hash)
	return err
}

// VerifyPINs opens every PIN that was not erased. It gives how many hold and the keys of those that
// don't.
func (b *Book) VerifyPINs(ctx context.Context, pins PINs) (good int, bad []centraldb.PINKey, err error) {
	err = eachPIN(ctx, pins, func(row centraldb.PIN) error {
		if row.Len == 0 {
			return nil
		}
		if b.Holds(row) != nil { // which ones is the answer
			bad = append(bad, row.Key())
			return nil
		}
		good++
		return nil
	})
	return good, bad, err
}

// Reseal writes every PIN, hash and tag under to's data key instead of b's, inside
// one transaction. PINs keep their version, so no kiosk notices. It gives how many
// there were; problem.Damaged, naming the subject, where one does not open.
func (b *Book) Reseal(ctx context.Context, tx *centraldb.Tx, random io.Reader, to *Book) (int, error) {
	done := 0
	err := eachPIN(ctx, tx, func(row centraldb.PIN) error {
		if row.Len == 0 {
			return nil
		}
		moved, err := b.move(random, to, row)
		if err != nil {
			return fmt.Errorf("reseal pin of %s %s: %w", row.Kind, row.Subject, err)
		}
		done++
		return tx.SetPIN(ctx, moved)
	})
	return done, err
}

func (b *Book) move(random io.Reader, to *Book, row centraldb.PIN) (centraldb.PIN, error) {
	if err := b.Holds(row); err != nil {
		return row, err
	}
	p, err := b.Open(row)
	if err != nil {
		return row, err
	}
	moved, err := to.Row(random, row.Kind, row.Subject, row.Version, p, row.ChangedAt)
	if err != nil || row.Hash == nil {
		return moved, err
	}
	hash, err := b.OpenHash(row.Kind, row.Subject, row.Version, row.Hash)
	if err != nil {
		return moved, err
	}
	moved.Hash, err = to.SealHash(random, row.Kind, row.Subject, row.Version, hash)
	return moved, err
}

func eachPIN(ctx context.Context, pins PINs, f func(centraldb.PIN) error) error {
	var after centraldb.PINKey
	for {
		rows, err := pins.PINs(ctx, after, pinPage)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := f(row); err != nil {
				return err
			}
			after = row.Key()
		}
		if len(rows) < pinPage {
			return nil
		}
	}
}
