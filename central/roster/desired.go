package roster

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sort"

	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// settingsID is the id of the one settings row.
const settingsID = "kiosk"

// printLen is the length of each half of a fingerprint: the first is over all
// inputs of the row, the second over those of its sealed PIN only.
const printLen = 16

// step is what leads a roster to its next version.
type step struct {
	rows  []centraldb.RosterRow // deletes first
	added []string              // people who were not on it
}

// want is a row that should be there: its inputs, and how to make its body.
type want struct {
	key   centraldb.RosterKey
	print []byte
	pin   *pinInput
	body  func(sealed *wire.SealedPIN) any
}

// pinInput is everything that a sealed hash depends on.
type pinInput struct {
	kind    pin.Kind
	subject string
	role    string
	centraldb.RosterPIN
}

// kioskKey is whom hashes are sealed to.
type kioskKey struct {
	kiosk  string
	public *ecdh.PublicKey
	id     pin.SealKeyID
}

// step works out what a kiosk's roster lacks; problem.NotFound where it has none.
func (r *Rosters) step(ctx context.Context, kiosk string) (step, error) {
	k, err := r.cfg.Source.RosterKiosk(ctx, kiosk)
	if err != nil {
		return step{}, err
	}
	public, err := ecdh.X25519().NewPublicKey(k.SealKey)
	if err != nil {
		return step{}, fmt.Errorf("read seal key: %w", err)
	}
	key := kioskKey{kiosk: kiosk, public: public, id: pin.SealKeyIDOf(public)}
	people, err := r.cfg.Source.RosterPeople(ctx, kiosk)
	if err != nil {
		return step{}, err
	}
	marks, err := r.cfg.Rows.RosterMarks(ctx, kiosk)
	if err != nil {
		return step{}, err
	}
	wants, err := wanted(key, k, people)
	if err != nil {
		return step{}, err
	}
	said, err := r.wantedMessages(ctx, key)
	if err != nil {
		return step{}, err
	}
	wants = append(wants, said...)
	s, changed := differences(wants, marks)
	if len(changed) == 0 {
		return s, nil
	}
	puts, err := r.build(ctx, key, changed, marks)
	if err != nil {
		return step{}, err
	}
	s.rows = append(s.rows, puts...)
	return s, nil
}

// wanted gives the rows a kiosk should have: settings, projects and logo,
// Universal PIN, people.
func wanted(key kioskKey, k centraldb.RosterKiosk, people []centraldb.RosterPerson) ([]want, error) {
	out := make([]want, 0, len(people)+2)
	w, err := plainWant(key, wire.KindSettings, settingsID, settingsRow(k))
	if err != nil {
		return nil, err
	}
	plain, err := wantedPlain(key, k)
	if err != nil {
		return nil, err
	}
	out = append(append(out, w), plain...)
	if k.PIN.Len > 0 && k.PIN.Hash != nil {
		p := &pinInput{kind: pin.Universal, subject: k.ID, RosterPIN: k.PIN}
		if w, err = newWant(key, wire.KindUniversal, k.ID, nil, p); err != nil {
			return nil, err
		}
		w.body = func(s *wire.SealedPIN) any { return wire.UniversalRow{PIN: *s} }
		out = append(out, w)
	}
	for _, each := range people {
		row := wire.PersonRow{Person: each.Person, Listed: each.Listed, UnlockVersion: each.UnlockVersion, Badges: each.Badges}
		bookable(&row, each.Work, k)
		var p *pinInput
		if each.PIN.Len > 0 && each.PIN.Hash != nil {
			p = &pinInput{kind: pin.Personal, subject: each.ID, role: string(each.Role), RosterPIN: each.PIN}
		}
		if w, err = newWant(key, wire.KindPerson, each.ID, row, p); err != nil {
			return nil, err
		}
		w.body = func(s *wire.SealedPIN) any {
			full := row
			full.PIN = s
			return full
		}
		out = append(out, w)
	}
	return out, nil
}

// newWant fingerprints a row: inputs are what its body says besides the PIN.
func newWant(key kioskKey, kind, id string, inputs any, p *pinInput) (want, error) {
	raw, err := json.Marshal(inputs)
	if err != nil {
		return want{}, fmt.Errorf("encode roster row: %w", err)
	}
	var sealed []byte
	if p != nil {
		sealed = append(sealed, key.id...)
		sealed = append(sealed, "|"+string(p.kind)+"|"+p.subject+"|"+p.role+"|"...)
		sealed = binary.BigEndian.AppendUint64(sealed, p.Version)
		sealed = append(sealed, byte(p.Len))
	}
	second := sha256.Sum256(sealed)
	first := sha256.Sum256(append(raw, second[:]...))
	return want{
		key:   centraldb.RosterKey{Kind: kind, ID: id},
		print: append(first[:printLen:printLen], second[:printLen]...),
		pin:   p,
	}, nil
}

// differences gives the deletes and the added people of the next version, and
// the rows whose bodies must be made.
func differences(wants []want, marks map[centraldb.RosterKey]centraldb.RosterMark) (s step, changed []want) {
	there := make(map[centraldb.RosterKey]bool, len(wants))
	for _, w := range wants {
		there[w.key] = true
		m, known := marks[w.key]
		if known && !m.Gone && bytes.Equal(m.Fingerprint, w.print) {
			continue
		}
		changed = append(changed, w)
		if w.key.Kind == wire.KindPerson && (!known || m.Gone) {
			s.added = append(s.added, w.key.ID)
		}
	}
	for key, m := range marks {
		if !there[key] && !m.Gone {
			s.rows = append(s.rows, centraldb.RosterRow{RosterKey: key})
		}
	}
	sort.Slice(s.rows, func(i, j int) bool {
		a, b := s.rows[i].RosterKey, s.rows[j].RosterKey
		return a.Kind < b.Kind || a.Kind == b.Kind && a.ID < b.ID
	})
	return s, changed
}
