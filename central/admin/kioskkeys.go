package admin

import (
	"context"
	"net/http"
	"strconv"

	"github.com/timepost/timepost/store/centraldb"
)

// KioskKeys reads the sets of keys that kiosks have had.
type KioskKeys interface {
	// Identities gives them all, the newest first.
	Identities(ctx context.Context, kiosk string) ([]centraldb.Identity, error)
}

// keysView is what a kiosk's page says of its keys; nothing before they were replaced
// or taken away.
type keysView struct {
	Sets   string // how many there were, in words
	Change string // what became of the last ones, and when
	Copied string // since when two machines have them, "" for never
}

func (p *pages) fillKeys(r *http.Request, v *kioskView, k centraldb.Kiosk) error {
	all, err := p.KioskLists.Identities(r.Context(), k.ID)
	if err != nil {
		return err
	}
	if k.Status == centraldb.KioskEnrolled {
		v.Keys.Copied = p.when(k.ClonedAt)
	}
	switch {
	case len(all) > 0 && all[0].Ended == centraldb.IdentityWiped:
		v.Keys.Change = "cleared from the machine " + p.when(all[0].Until)
	case len(all) > 0 && all[0].Ended != "":
		v.Keys.Change = "revoked " + p.when(all[0].Until)
	case len(all) > 1:
		v.Keys.Change = "replaced " + p.when(all[0].Since)
	default:
		return nil
	}
	v.Keys.Sets = strconv.Itoa(len(all)) + " so far"
	if len(all) == 1 {
		v.Keys.Sets = "1"
	}
	return nil
}
