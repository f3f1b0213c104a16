package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/httplink"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// TestClocksThatAreWrong: a machine whose clock stands at 1970, is two months behind
// or shows 2099 is enrolled by a typed code and by a whole address, connects, is
// heard, has its punch acknowledged, gets a new certificate and connects with that.
// The kiosk's parts are the real ones with another clock; central is the real program.
func TestClocksThatAreWrong(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	for _, k := range []struct {
		name  string
		by    time.Duration
		typed bool
	}{
		{"1970", -time.Duration(time.Now().UnixNano()), true},
		{"two months behind", -61 * 24 * time.Hour, true},
		{"2099", time.Until(time.Date(2099, 6, 1, 0, 0, 0, 0, time.UTC)), true},
		{"1970, whole address", -time.Duration(time.Now().UnixNano()), false},
		{"2099, whole address", time.Until(time.Date(2099, 6, 1, 0, 0, 0, 0, time.UTC)), false},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			w, code := createdClock(t, c, k.name, false)
			req := local.EnrolRequest{Server: code.URL}
			if k.typed {
				req = local.EnrolRequest{Server: "https://" + c.web, Code: code.Code}
			}
			o := &outOfTime{by: k.by, clock: w}
			o.central = httplink.New(httplink.Config{Extra: []*x509.Certificate{readCA(t, c)}, Now: o.now})
			first, err := enrol.Enrol(t.Context(), w.data(), enrol.Deps{Central: o.central, Random: rand.Reader, Software: "test"}, req, func(local.EnrolStep) {})
			if err != nil {
				t.Fatal(err)
			}
			o.works(t, first, ann, k.name+" 1")
			second, err := enrol.Renew(t.Context(), w.data(), o, rand.Reader, &sync.Mutex{}, o.now())
			if err != nil {
				t.Fatal(err)
			}
			if second.Cert.Leaf.Equal(first.Cert.Leaf) || second.Cert.Leaf.NotBefore.After(time.Now()) || time.Until(second.Cert.Leaf.NotAfter) < 80*24*time.Hour {
				t.Errorf("the new certificate is good from %v to %v", second.Cert.Leaf.NotBefore, second.Cert.Leaf.NotAfter)
			}
			o.works(t, second, ann, k.name+" 2")
			awaitAll(t, c, k.name+" 1", k.name+" 2")
		})
	}
}

// outOfTime is a kiosk whose clock is wrong.
type outOfTime struct {
	by      time.Duration
	clock   *clock
	central *httplink.Client
	id      *enrol.Identity
}

func (o *outOfTime) now() time.Time { return time.Now().Add(o.by) }

// Renew asks the device listener, as kioskd does.
func (o *outOfTime) Renew(ctx context.Context, header string, body []byte) (reply wire.RenewReply, err error) {
	return reply, o.central.HandIn(ctx, o.id.Device, o.id.Roots(), wire.UploadRenew, header, body, &reply)
}

// works connects as id, waits for the roster, and punches until it is acknowledged.
func (o *outOfTime) works(t *testing.T, id *enrol.Identity, person, note string) {
	t.Helper()
	o.id = id
	clocks, err := hw.OpenClocks()
	if err != nil {
		t.Fatal(err)
	}
	journal, err := devicedb.OpenJournal(t.Context(), filepath.Join(o.clock.data(), "journal.db"),
		devicedb.Identity{Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey}, devicedb.Options{Random: rand.Reader, Stamp: func() attendance.Stamp {
			s := clocks.Stamp(id.Settings.Zone)
			s.Real += int64(o.by)
			return s
		}})
	if err != nil {
		t.Fatal(err)
	}
	cache, err := devicedb.OpenCache(t.Context(), filepath.Join(o.clock.data(), "cache.db"), devicedb.CacheOptions{BootID: clocks.BootID()})
	if err != nil {
		t.Fatal(errors.Join(err, journal.Close()))
	}
	a := o.agent(t, journal, cache)
	ctx, cancel := context.WithCancel(t.Context())
	var talking sync.WaitGroup
	talking.Go(func() { _ = a.Run(ctx) }) // it tries until it is stopped, and has no error
	defer func() {
		cancel()
		talking.Wait()
		if err := errors.Join(journal.Close(), cache.Close()); err != nil {
			t.Error(err)
		}
	}()
	eventually(t, 30*time.Second, "it is heard and has its roster", func() bool {
		_, version, err := cache.Version(ctx)
		return err == nil && version > 0 && a.Status().Connected
	})
	if off := a.Status().Offset - o.by; off < -time.Minute || off > time.Minute {
		t.Errorf("central's clock tells it that it is off by %v, it is by %v", a.Status().Offset, o.by)
	}
	err = journal.Update(ctx, func(tx *devicedb.JournalTx) error {
		_, err := tx.Append(record.Body{Type: record.Punched, Person: person, Action: attendance.In, Auth: attendance.AuthNone, Note: note})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, 30*time.Second, "its punch is acknowledged", func() bool {
		h, err := journal.Head(ctx)
		return err == nil && h.Queue == 0
	})
}

func (o *outOfTime) agent(t *testing.T, journal *devicedb.Journal, cache *devicedb.Cache) *agent.Agent {
	t.Helper()
	id, quiet := o.id, slog.New(slog.DiscardHandler)
	anchor := trust.Config{Roots: []*x509.Certificate{id.CA}, Certificate: func() (*tls.Certificate, error) { return &id.Cert, nil }}
	dialer, err := mqttlink.New(mqttlink.Config{
		Brokers: id.Brokers, ClientID: id.Kiosk, Filters: []string{wire.KioskFilter(id.Org, id.Kiosk)}, DialTLS: anchor.Dial, Logger: quiet,
	})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	minutely, err := schedule.Parse("")
	if err != nil {
		t.Fatal(err)
	}
	signer := wire.NewSigner(id.RecordKey)
	return agent.New(agent.Config{
		Org: id.Org, Kiosk: id.Kiosk, Dialer: dialer, Sealer: signer, IDs: ids.Next, Journal: journal,
		Outbox: outbox.New(outbox.Config{
			Journal: journal, Sealer: signer, Key: id.RecordKey.Public().(ed25519.PublicKey), IDs: ids.Next, Gen: id.Gen,
			Topic: wire.Topic{Org: id.Org, Kiosk: id.Kiosk, Channel: wire.UpRecords},
		}),
		Inbox: inbox.New(inbox.Config{
			Org: id.Org, Kiosk: id.Kiosk, CA: id.CAKey(), Keyset: id.Keyset, Cache: cache,
			KeepKeyset: func(context.Context, wire.Keyset) error { return nil },
		}),
		Plan: agent.Plan{Schedule: minutely, Live: true}, Now: o.now, Chance: mathrand.Float64, Logger: quiet,
	})
}

func readCA(t *testing.T, c *centre) *x509.Certificate {
	t.Helper()
	b, err := os.ReadFile(c.ca())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	if block == nil {
		t.Fatal("no certificate in the authority's file")
	}
	ca, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}
