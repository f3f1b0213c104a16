package api

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/health"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Healths reads how the machines of kiosks do.
type Healths interface {
	Healths(ctx context.Context) (map[string]centraldb.KioskHealth, error)
	Health(ctx context.Context, kiosk string) (h centraldb.KioskHealth, ok bool, err error)
	RosterVersions(ctx context.Context) (map[string]uint64, error)
	OpenFlaws(ctx context.Context) (map[string][]centraldb.Flaw, error)
	KioskSettings(ctx context.Context, kiosk string) (centraldb.KioskSettings, error)
}

// problemsOf gives what is wrong with kiosks, by id.
func (a *API) problemsOf(ctx context.Context, kiosks ...centraldb.Kiosk) (map[string][]client.KioskProblem, error) {
	told, err := a.Healths.Healths(ctx)
	if err != nil {
		return nil, err
	}
	newest, err := a.Healths.RosterVersions(ctx)
	if err != nil {
		return nil, err
	}
	flawed, err := a.Healths.OpenFlaws(ctx)
	if err != nil {
		return nil, err
	}
	out, now := map[string][]client.KioskProblem{}, time.Now()
	for _, k := range kiosks {
		s := health.Subject{Kiosk: k, Newest: newest[k.ID], Flaws: flawed[k.ID]}
		if h, ok := told[k.ID]; ok {
			s.Health = &h
		}
		for _, f := range health.Judge(s, cmp.Or(a.Limits, health.Usual()), now) {
			out[k.ID] = append(out[k.ID], client.KioskProblem{Kind: string(f.Kind), Severity: string(f.Severity), Words: f.Words, Next: f.Next})
		}
	}
	return out, nil
}

func (a *API) kioskHealth(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	k, err := a.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	h, ok, err := a.Healths.Health(r.Context(), k.ID)
	if err != nil {
		return err
	}
	if !ok {
		return problem.New(problem.NotFound, "This kiosk has not told how it does.", "It does once a round, from its first connection on.")
	}
	s, err := a.Healths.KioskSettings(r.Context(), k.ID)
	if err != nil {
		return err
	}
	out := healthOf(h)
	out.Settings = settingsOf(h, s)
	return answer(w, http.StatusOK, out)
}

// settingsOf says how the newest settings stand that the kiosk should have; nil: there
// are none.
func settingsOf(h centraldb.KioskHealth, s centraldb.KioskSettings) *client.SettingsState {
	if s.Version == 0 {
		return nil
	}
	out := client.SettingsState{Version: s.Version, Reported: h.Roster, State: client.SettingsInForce}
	if s.AskedAt != 0 {
		out.Changed = time.Unix(0, s.AskedAt).UTC()
	}
	if s.Since != 0 {
		out.Since = time.Unix(0, s.Since).UTC()
	}
	switch {
	case s.Version > h.Roster:
		out.State = client.SettingsWaiting
	case len(h.Unfollowed) > 0:
		out.State = client.SettingsRefused
	}
	return &out
}

func healthOf(h centraldb.KioskHealth) client.KioskHealth {
	out := client.KioskHealth{
		At: time.Unix(0, h.At).UTC(), Software: h.Software, Started: time.UnixMilli(h.Started).UTC(), UptimeS: h.Uptime,
		Queue: h.Queue, OffsetMS: h.Offset, Synced: h.Synced, Roster: h.Roster, DiskFree: h.DiskFree, DiskSize: h.DiskSize,
		Memory: h.Memory, KeyTier: h.KeyTier, BcryptMS: h.BcryptMS, Readers: h.Readers, Attached: h.Attached,
		Screens: h.Screens, Refused: h.Refused,
	}
	for _, u := range h.Unfollowed {
		out.Unfollowed = append(out.Unfollowed, client.UnfollowedSetting{Setting: u.Setting, Value: u.Value})
	}
	if h.Oldest != 0 {
		out.OldestS = max(h.Health.At-h.Oldest, 0) / 1000
	}
	if h.Health.Heat != nil {
		c := float64(*h.Health.Heat) / 1000
		out.HeatC = &c
	}
	if h.Cert != 0 {
		out.Certificate = time.UnixMilli(h.Cert).UTC()
	}
	return out
}

func (a *API) healthRoutes() []route {
	return []route{{"GET", "/kiosks/{id}/health", access.KiosksRead, a.kioskHealth}}
}
