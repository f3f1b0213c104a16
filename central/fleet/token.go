package fleet

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// A fleet token has TokenLen Crockford characters (100 bits): it lies in a file on
// many machines, so nobody types it and nobody may guess it.
const (
	TokenLen     = 20
	TokenLife    = 30 * 24 * time.Hour // where nobody says another
	MaxTokenLife = 365 * 24 * time.Hour
	MaxTokenUses = 10_000
	defaultNames = "Kiosk {n}"
)

// NewToken is what makes a fleet token. Names has {n} where the number of the kiosk
// goes, {nnn} for one of at least three digits.
type NewToken struct {
	Uses int
	Life time.Duration // 0: TokenLife
	NewKiosk
}

// Token is a fleet token, shown this once.
type Token struct {
	centraldb.FleetToken
	Text string // 5-5-5-5
	URL  string // timepost://host:port/TOKEN?ca=SHA256
}

// MakeToken makes a fleet token: each machine that enrols with it becomes a new kiosk,
// until it was used as often as it may or has expired. Errors: problem.Invalid with
// the detail "field".
func (f *Fleet) MakeToken(ctx context.Context, actor string, n NewToken) (Token, error) {
	org, err := f.Store.Organisation(ctx)
	if err != nil {
		return Token{}, err
	}
	if n.Name = strings.TrimSpace(n.Name); n.Name == "" {
		n.Name = defaultNames
	}
	if n.Zone = strings.TrimSpace(n.Zone); n.Zone == "" {
		n.Zone = org.Zone
	}
	if n.Life == 0 {
		n.Life = TokenLife
	}
	if err := n.check(); err != nil {
		return Token{}, err
	}
	text, err := crockford(f.Random, TokenLen)
	if err != nil {
		return Token{}, err
	}
	id, err := crockford(f.Random, 8)
	if err != nil {
		return Token{}, err
	}
	now := f.Now().UTC()
	t := Token{
		FleetToken: centraldb.FleetToken{
			ID: strings.ToLower(id), HMAC: f.hmac(text), Names: n.Name, Zone: n.Zone, RequiresPIN: n.RequiresPIN, Lang: n.Lang, Uses: n.Uses,
			CreatedAt: now.UnixNano(), CreatedBy: actor, ExpiresAt: now.Add(n.Life).UnixNano(),
		},
		Text: strings.Join([]string{text[:5], text[5:10], text[10:15], text[15:]}, "-"),
		URL:  EnrolURL(f.Device(), text, f.Keys.CA.Raw),
	}
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.AddFleetToken(ctx, t.FleetToken); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, actor, "fleet_token.create", t.ID, map[string]any{"uses": t.Uses, "names": t.Names, "zone": t.Zone})
	})
	return t, err
}

func (n NewToken) check() error {
	if n.Uses < 1 || n.Uses > MaxTokenUses {
		return problem.New(problem.Invalid, fmt.Sprintf("A token is for 1 to %d kiosks.", MaxTokenUses), "Say how many machines there are.").With("field", "uses")
	}
	if n.Life < time.Hour || n.Life > MaxTokenLife {
		return problem.New(problem.Invalid, "A token lasts from an hour to a year.", "30 days are usual.").With("field", "days")
	}
	if n.Uses > 1 {
		if _, err := attendance.NumberedName(n.Name, 1); err != nil {
			return err
		}
	}
	if err := checkLang(n.Lang); err != nil {
		return err
	}
	return checkKiosk(attendance.Kiosk{Name: n.Name, Zone: n.Zone})
}

// RevokeToken ends a token; kiosks that it made stay. problem.NotFound.
func (f *Fleet) RevokeToken(ctx context.Context, actor, id string) error {
	return f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.RevokeFleetToken(ctx, id, f.Now().UnixNano()); err != nil {
			return err
		}
		return f.Audit.Record(ctx, tx, actor, "fleet_token.revoke", id, nil)
	})
}

// enrolByToken makes a new kiosk of the machine that sent r.
func (f *Fleet) enrolByToken(ctx context.Context, token, csrKey string, r wire.EnrolRequest) (reply wire.EnrolReply, fresh bool, err error) {
	org, err := f.Store.Organisation(ctx)
	if err != nil {
		return reply, false, err
	}
	committed := func(context.Context) {}
	err = f.Store.Update(ctx, func(tx *centraldb.Tx) error {
		t, err := tx.FleetToken(ctx, f.hmac(token))
		if problem.Is(err, problem.NotFound) {
			return errUnknownCode()
		}
		if err != nil {
			return err
		}
		was, err := tx.TokenUse(ctx, t.ID, csrKey)
		if err != nil {
			return err
		}
		now := f.Now()
		if was.Kiosk != "" && now.Sub(time.Unix(0, was.At)) < CodeLife {
			return json.Unmarshal(was.Reply, &reply)
		}
		if err := usable(t, now); err != nil {
			return err
		}
		fresh = true
		var kiosk string
		if kiosk, committed, err = f.kioskOf(ctx, tx, t); err != nil {
			return err
		}
		if reply, err = f.identify(ctx, tx, org, kiosk, r); err != nil {
			return err
		}
		use := centraldb.TokenUse{Token: t.ID, CSRKey: csrKey, Kiosk: kiosk, At: now.UnixNano()}
		if use.Reply, err = json.Marshal(reply); err != nil {
			return fmt.Errorf("encode reply: %w", err)
		}
		return tx.AddTokenUse(ctx, use)
	})
	if err == nil && fresh {
		committed(ctx)
	}
	return reply, fresh, err
}

func usable(t centraldb.FleetToken, now time.Time) error {
	const hint = "Ask your operator for a new provisioning file or code."
	switch {
	case t.RevokedAt != 0 || now.UnixNano() >= t.ExpiresAt:
		return problem.New(problem.Expired, "This token is not good any more.", hint)
	case t.Used >= t.Uses:
		return problem.New(problem.Used, fmt.Sprintf("This token has made its %d kiosks already.", t.Uses), hint)
	}
	return nil
}

// kioskOf adds the next kiosk of a token, with a name that no other one has.
func (f *Fleet) kioskOf(ctx context.Context, tx *centraldb.Tx, t centraldb.FleetToken) (id string, committed func(context.Context), err error) {
	k := attendance.Kiosk{Name: t.Names, Zone: t.Zone, RequiresPIN: t.RequiresPIN}
	taken, err := tx.KioskNames(ctx)
	if err != nil {
		return "", nil, err
	}
	for n := t.Used + 1; slices.Contains(taken, k.Name) || k.Name == t.Names; n++ {
		name, err := attendance.NumberedName(t.Names, n)
		if err != nil { // a token for one machine needs no number
			break
		}
		k.Name = name
	}
	if k.ID, err = f.newKioskID(k.Name); err != nil {
		return "", nil, err
	}
	if err := f.add(ctx, tx, k, NewKiosk{Lang: t.Lang}); err != nil {
		return "", nil, err
	}
	length, err := tx.PINLength(ctx)
	if err != nil {
		return "", nil, err
	}
	if _, committed, err = f.Universals.NewUniversal(ctx, tx, k.ID, length.Digits); err != nil {
		return "", nil, err
	}
	return k.ID, committed, f.Audit.Record(ctx, tx, "token:"+t.ID, "kiosk.create", k.ID, map[string]any{"name": k.Name, "zone": k.Zone})
}
