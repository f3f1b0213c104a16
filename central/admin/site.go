package admin

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// Settings reads what owners decide for the whole organisation.
type Settings interface {
	Organisation(ctx context.Context) (centraldb.Organisation, error)
	Settings(ctx context.Context) (centraldb.Settings, error)
	Logo(ctx context.Context) (png []byte, changedAt int64, err error)
}

// site answers with pages that know the organisation's name and zone. Where an
// owner has changed them, by whichever way, the next request gets new pages; one
// that has begun ends with those it began with.
type site struct {
	Config
	assets assets
	views  views
	once   *once
	built  atomic.Pointer[built]
}

// built is the pages of an organisation as it was once.
type built struct {
	name, zone string
	http.Handler
}

// New gives the handler of the web pages, for the root of the web listener. It
// fails where the organisation's zone is unknown.
func New(c Config) (http.Handler, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &site{Config: c, once: &once{}}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if s.views, err = loadViews(s.assets); err != nil {
		return nil, err
	}
	if _, err := s.build(c.Organisation); err != nil {
		return nil, err
	}
	return secured(s), nil
}

// ServeHTTP answers with the pages of the organisation as it is now.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b := s.built.Load()
	if s.Settings != nil && !strings.HasPrefix(r.URL.Path, staticPath) {
		var err error
		if b, err = s.current(r.Context(), b); err != nil && r.Context().Err() == nil {
			s.Log.Error("page failed", slog.String("path", r.URL.Path), slog.Any("err", err))
		}
	}
	b.ServeHTTP(w, r)
}

// current gives the pages for now; those that there are where they can't be made.
func (s *site) current(ctx context.Context, b *built) (*built, error) {
	org, err := s.Settings.Organisation(ctx)
	if err != nil || org.Name == b.name && org.Zone == b.zone {
		return b, err
	}
	next, err := s.build(org)
	if err != nil {
		return b, err
	}
	return next, nil
}

func (s *site) build(org centraldb.Organisation) (*built, error) {
	zone, err := time.LoadLocation(org.Zone)
	if err != nil {
		return nil, fmt.Errorf("load the organisation's zone: %w", err)
	}
	p := &pages{Config: s.Config, zone: zone, assets: s.assets, views: s.views, once: s.once}
	p.Organisation = org
	table := p.routes()
	p.needs = needsOf(table)
	mux := http.NewServeMux()
	for _, r := range table {
		mux.Handle(r.method+" "+r.path, p.handle(r))
	}
	mux.Handle("GET "+staticPath, p.assets)
	mux.Handle("/", p.handle(route{serve: p.missing}))
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(p.handle(route{serve: p.crossOrigin}))
	b := &built{name: org.Name, zone: org.Zone, Handler: guard.Handler(mux)}
	s.built.Store(b)
	return b, nil
}
