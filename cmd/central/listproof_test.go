package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/linktest/mosquitto"
)

// Central sees whether a broker goes by the list of revoked certificates, and says so
// where it does not.
func TestBrokersAreHeldToTheList(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	keys, err := fleet.CreateKeys(filepath.Join(dir, "keys"), "acme", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	db, err := centraldb.Open(t.Context(), filepath.Join(dir, "central.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	var said bytes.Buffer
	s := &server{
		cmd: &serveCmd{place: place{Data: dir}}, org: centraldb.Organisation{ID: "acme"}, keys: keys, db: db,
		log: slog.New(slog.NewTextHandler(&said, nil)), wire: &exchange{outside: true, changed: make(chan struct{}, 1)},
	}
	proof := s.makeListProof()
	cert, err := proof.make(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	<-s.wire.changed // the list is asked for
	lists := &revocations{path: s.cmd.crl(), keys: keys, db: db, log: s.log, pushing: map[string]int{}}
	if err := lists.keep(t.Context()); err != nil || len(lists.pushing) != 0 {
		t.Fatalf("pushing %v, %v", lists.pushing, err)
	}
	for list, says := range map[string]string{s.cmd.crl(): "the broker refuses revoked kiosks", "": "a broker lets revoked kiosks in"} {
		b := listBroker(t, keys, list)
		proof.urls = []string{"tls://" + b.Addr}
		said.Reset()
		proof.look(t.Context(), cert)
		if !strings.Contains(said.String(), says) || strings.Count(said.String(), "msg=") != 1 {
			t.Errorf("with list %q: %s", list, said.String())
		}
	}
	proof.urls = []string{"tls://127.0.0.1:1"}
	said.Reset()
	proof.look(t.Context(), cert)
	if !strings.Contains(said.String(), "not known") {
		t.Errorf("a broker that is away: %s", said.String())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := proof.Run(ctx); err != nil {
		t.Error(err)
	}
}

func listBroker(t *testing.T, keys *fleet.Keys, list string) *mosquitto.Broker {
	t.Helper()
	now := time.Now()
	own, err := keys.IssueServer([]string{"127.0.0.1"}, now)
	if err != nil {
		t.Fatal(err)
	}
	probe, err := keys.IssueClient("probe", now)
	if err != nil {
		t.Fatal(err)
	}
	return mosquitto.StartAs(t, mosquitto.Identity{
		CA: keys.CAPEM(), Server: own, Probe: probe, ACL: mosquitto.Shipped(t, "acl"), CRL: list,
	})
}
