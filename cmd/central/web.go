package main

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/timepost/timepost/central/admin"
	"github.com/timepost/timepost/central/api"
	"github.com/timepost/timepost/central/devices"
	"github.com/timepost/timepost/sync/wire"
)

// webHandler gives the routes of the web listener: pages, API, and the document by
// which kiosks find the device listener.
func (s *server) webHandler() (http.Handler, error) {
	limits, err := s.cmd.Health.limits()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle(wire.WellKnownPath, devices.WellKnown(func() wire.WellKnown {
		return wire.WellKnown{Org: s.org.ID, Device: "https://" + s.deviceAddr(), CA: s.keys.CA.Raw}
	}))
	mux.Handle(api.Base+"/", api.New(api.Config{
		Door: s.door, People: s.team, PINs: s.team, Kiosks: s.fleet, Universals: s.team, PINLengths: s.team, PINLists: s.db, Teams: s.team, TeamLists: s.db, Lists: s.db, Fleet: s.db, Healths: s.db, Limits: limits, Flaws: s.fleet, FlawLists: s.db, Diagnostics: s.shelf(), FleetTokens: s.fleet, FleetTokenLists: s.db, Doorkeeper: s.fleet, Commands: s.commands, CommandLists: s.db,
		Exports: s.exports, Mails: s.mails, Webhooks: s.hooks, MailLists: s.db, Settings: s.db, Decisions: s.settings, Forgets: s.team, Reviews: s.correct, ReviewLists: s.db, PunchRequests: s.correct, RequestLists: s.db, Bulletins: s.bulletin, BulletinLists: s.db, Corrections: s.correct, PunchLists: s.db, Audits: s.audits, AuditLists: s.db, Projects: s.work, ProjectLists: s.db, Badges: s.badges, BadgeLists: s.db, Punches: s.projector, Log: s.log,
	}))
	pages, err := admin.New(admin.Config{
		Door: s.door, Lists: s.db, Fleet: s.db, People: s.team, PINs: s.team, Roll: s.db, Teams: s.team, TeamLists: s.db,
		Kiosks: s.fleet, Commands: s.commands, CommandLists: s.db, Diagnostics: s.shelf(), Doorkeeper: s.fleet, Limits: limits, Listings: s.team, KioskLists: s.db, PeopleLists: s.db,
		Exports: s.exports, ExportLists: s.db, PINLengths: s.team, PINLists: s.db, Organisation: s.org,
		Corrections: s.correct, EntryLists: s.db, TimeLists: s.db, Reviews: s.correct, ReviewLists: s.db, Requests: s.correct, RequestLists: s.db, Bulletins: s.bulletin, BulletinLists: s.db,
		Audits: s.audits, AuditLists: s.db, Mails: s.mails, MailLists: s.db, Webhooks: s.hooks, WebhookLists: s.db, Settings: s.db, Decisions: s.settings, Forgets: s.team, LastPunches: s.db, Projects: s.work, ProjectLists: s.db, Badges: s.badges, BadgeLists: s.db, Log: s.log,
	})
	if err != nil {
		return nil, err
	}
	mux.Handle("/", pages)
	return mux, nil
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return replaceFile(path, append(text, '\n'), 0o644)
}
