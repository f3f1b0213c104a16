package team_test

import (
	"bytes"
	"crypto/rand"
	"testing"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/central/team"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

func TestASealedPINOpensOnlyWhereItBelongs(t *testing.T) {
	t.Parallel()
	book := func(org string, key byte) *team.Book {
		b, err := team.NewBook(org, [32]byte{key})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	mine := book("acme", 1)
	p := parse(t, "4071")
	row, err := mine.Row(rand.Reader, pin.Personal, "p-1", 3, p, 1)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(row.Sealed, []byte("4071")) || bytes.Contains(row.Tag, []byte("4071")) {
		t.Fatal("the digits lie bare")
	}
	if got, err := mine.Open(row); err != nil || !got.Equal(p) {
		t.Fatal(err)
	}
	moved := func(change func(*centraldb.PIN)) centraldb.PIN {
		r := row
		r.Sealed = bytes.Clone(row.Sealed)
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		book *team.Book
		row  centraldb.PIN
	}{
		"another key":          {book("acme", 2), row},
		"another organisation": {book("other", 1), row},
		"another person":       {mine, moved(func(r *centraldb.PIN) { r.Subject = "p-2" })},
		"another kind":         {mine, moved(func(r *centraldb.PIN) { r.Kind = pin.Universal })},
		"another version":      {mine, moved(func(r *centraldb.PIN) { r.Version++ })},
		"altered":              {mine, moved(func(r *centraldb.PIN) { r.Sealed[len(r.Sealed)-1] ^= 1 })},
		"cut":                  {mine, moved(func(r *centraldb.PIN) { r.Sealed = r.Sealed[:5] })},
		"a hash":               {mine, moved(func(r *centraldb.PIN) { r.Sealed = hashOf(t, mine, row) })},
	} {
		if _, err := c.book.Open(c.row); !problem.Is(err, problem.Damaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !bytes.Equal(mine.Tag(p), row.Tag) || bytes.Equal(book("acme", 2).Tag(p), row.Tag) {
		t.Error("tags: equal under one key, different under another")
	}
}

func hashOf(t *testing.T, b *team.Book, row centraldb.PIN) []byte {
	t.Helper()
	sealed, err := b.SealHash(rand.Reader, row.Kind, row.Subject, row.Version, []byte("4071"))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}
