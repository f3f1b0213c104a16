package simulate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/timepost/timepost/sync/record"
)

// often is after how many steps the dearer promises are looked at.
const often = 250

// check holds the world to what is promised at all times.
func (w *world) check() {
	if w.wrong != "" || w.steps%often != often-1 {
		return
	}
	if w.broken != "guesses for nothing" { // which forgets what it has shown, too
		w.journalled()
	}
	w.once()
}

// journalled checks that what was shown is in its journal, as long as that is the one
// at hand.
func (w *world) journalled() {
	for _, k := range w.kiosks {
		w.journalledAt(k)
	}
}

func (w *world) journalledAt(k *kiosk) {
	h := k.head()
	here := map[uint64]string{}
	for from := max(h.Oldest, 1) - 1; from < h.Seq; {
		recs, err := k.journal.After(w.ctx, from, 500)
		w.must(err)
		if len(recs) == 0 {
			break
		}
		for _, r := range recs {
			b, err := record.Decode(r.Body)
			w.must(err)
			here[r.Seq] = b.Note
		}
		from = recs[len(recs)-1].Seq
	}
	for note, r := range w.shown {
		if r.kiosk == k && r.journal == h.Journal.String() && r.seq >= h.Oldest && !r.excused && here[r.seq] != note {
			w.broke("shown is journalled", "%s: %s was shown as record %d, there is %q", k.id, note, r.seq, here[r.seq])
		}
	}
}

// once checks that nothing counts twice, and nothing that nobody did.
func (w *world) once() {
	for note, n := range w.centre.counted() {
		if n > 1 || w.broken == "counts twice" && w.chance(3) {
			w.broke("nothing twice", "%q counts %d times", note, n)
		}
	}
}

// settled checks what is promised once everybody has talked: what was shown counts, or
// lies where a person decides: set aside at central, or in the tail of a closed journal
// that the kiosk hands in past the broker.
func (w *world) settled() {
	w.journalled()
	counted := w.centre.counted()
	aside := w.centre.aside()
	for _, k := range w.kiosks {
		k.handIn(aside)
	}
	for _, note := range slices.Sorted(maps.Keys(w.shown)) {
		r := w.shown[note]
		switch n := counted[note]; {
		case n > 1:
			w.broke("nothing twice", "%q counts %d times", note, n)
		case n == 0 && !r.excused && !aside[note]:
			w.broke("shown is counted", "%s: %q was shown as record %d of %s and is not at central; %s", r.kiosk.id, note, r.seq, r.journal, r.kiosk.stands())
		}
	}
}

// aside gives the notes of what was set aside at central.
func (c *centre) aside() map[string]bool {
	out := map[string]bool{}
	const page = 500
	for from := 0; ; from += page {
		items, err := c.db.OpenReviews(c.w.ctx, from, page)
		c.w.must(err)
		for _, i := range items {
			if i.Claim != nil {
				out[i.Claim.Note] = true
			}
		}
		if len(items) < page {
			return out
		}
	}
}

// handIn adds the notes in tails of closed journals, and lets go of them.
func (k *kiosk) handIn(into map[string]bool) {
	for {
		u, found, err := k.journal.Closed(k.w.ctx, 10_000)
		k.w.must(err)
		if !found || len(u.Records) == 0 {
			return
		}
		for _, r := range u.Records {
			b, err := record.Decode(r.Body)
			k.w.must(err)
			into[b.Note] = true
		}
		last := u.Records[len(u.Records)-1]
		k.w.must(k.journal.Release(k.w.ctx, u.Journal, last.Seq, last.Hash, k.w.centre.at(k.id).gen))
	}
}

// stands says how a kiosk's journal is.
func (k *kiosk) stands() string {
	h := k.head()
	return fmt.Sprintf("its journal is %s, records %d to %d, acknowledged to %d under generation %d", h.Journal, h.Oldest, h.Seq, h.Acked, k.outbox.Gen())
}
