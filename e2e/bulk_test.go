package e2e

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/agent"
	"github.com/timepost/timepost/sync/httplink"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/mqttlink"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/schedule"
	"github.com/timepost/timepost/sync/trust"
	"github.com/timepost/timepost/sync/wire"
)

// TestAHundredKiosksFromFiles: an operator logs in and types one command more; each of
// a hundred machines finds its file, becomes its kiosk, gets its people, records a
// punch and has it acknowledged. No file is left.
func TestAHundredKiosksFromFiles(t *testing.T) {
	t.Parallel()
	const machines = 100
	c := newCentre(t)
	ann := hire(t, c, "Ann Able")
	cards := filepath.Join(c.dir, "cards")
	env := append(c.env(), "HOME="+c.dir)
	// The operator's work: fleet login, of which the token is the result, and this.
	run(t, env, bin(t, "fleet"), "provision", "--count", fmt.Sprint(machines), "--names", "Gate {nnn}", "--no-pin", "--everyone", "--out", cards)
	files, err := filepath.Glob(filepath.Join(cards, "*", "timepost.toml"))
	if err != nil || len(files) != machines {
		t.Fatalf("%d files, %v", len(files), err)
	}
	clocks, err := hw.OpenClocks()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var crew sync.WaitGroup
	failed := make(chan error, machines)
	for _, file := range files {
		crew.Go(func() {
			m := &simulated{dir: memoryDir(t), clocks: clocks, person: ann}
			if err := m.live(t.Context(), file); err != nil {
				failed <- fmt.Errorf("%s: %w", file, err)
			}
		})
	}
	crew.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	t.Logf("%d machines from file to acknowledged punch in %v; operator: 2 commands (fleet login, fleet provision)", machines, time.Since(began).Round(time.Millisecond))
	eventually(t, 30*time.Second, "a punch of each kiosk", func() bool { return len(c.punches(t)) >= machines })
	from := map[string]int{}
	for _, p := range c.punches(t) {
		from[p.KioskName]++
	}
	if len(from) != machines || from["Gate 001"] != 1 || from["Gate 100"] != 1 {
		t.Errorf("punches by kiosk: %v", from)
	}
	if left, err := filepath.Glob(filepath.Join(cards, "*", "timepost.toml")); err != nil || len(left) != 0 {
		t.Errorf("files that are left: %v, %v", left, err)
	}
}

// simulated is a machine: everything of a kiosk but its screen and its process.
type simulated struct {
	dir    string
	clocks *hw.Clocks
	person string

	id      *enrol.Identity
	journal *devicedb.Journal
	cache   *devicedb.Cache
}

// live enrols by the file and works until a punch is acknowledged.
func (m *simulated) live(ctx context.Context, file string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, 90*time.Second)
	defer cancel()
	if err := m.enrol(ctx, file); err != nil {
		return err
	}
	if err := m.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.cache.Close(), m.journal.Close()) }()
	a, err := m.agent()
	if err != nil {
		return err
	}
	talking, hangUp := context.WithCancel(ctx)
	var line sync.WaitGroup
	line.Go(func() { _ = a.Run(talking) }) // it returns nil
	defer line.Wait()
	defer hangUp()
	if err := await(ctx, "roster", func() (bool, error) {
		_, v, err := m.cache.Version(ctx)
		return v > 0, err
	}); err != nil {
		return err
	}
	if err := m.punch(ctx); err != nil {
		return err
	}
	return await(ctx, "acknowledgement", func() (bool, error) {
		h, err := m.journal.Head(ctx)
		return h.Queue == 0, err
	})
}

// await asks until it is so, or ctx ends.
func await(ctx context.Context, what string, so func() (bool, error)) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := so(); ok || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", what, ctx.Err())
		}
	}
}

// enrol does what kioskd does with a provisioning file; a server that is busy is
// asked again.
func (m *simulated) enrol(ctx context.Context, file string) error {
	card, err := enrol.FindProvision([]string{file})
	if err != nil {
		return err
	}
	deps := enrol.Deps{Central: httplink.New(httplink.Config{Now: time.Now}), Random: rand.Reader, Software: "simulated"}
	var last error
	if err := await(ctx, "enrolment", func() (bool, error) {
		m.id, last = enrol.Enrol(ctx, m.dir, deps, card.Request, func(local.EnrolStep) {})
		return last == nil, nil
	}); err != nil {
		return errors.Join(err, last)
	}
	return card.Wipe()
}

func (m *simulated) open(ctx context.Context) (err error) {
	who := devicedb.Identity{Org: m.id.Org, Kiosk: m.id.Kiosk, Key: m.id.RecordKey}
	m.journal, err = devicedb.OpenJournal(ctx, filepath.Join(m.dir, "journal.db"), who, devicedb.Options{
		Random: rand.Reader, Stamp: func() attendance.Stamp { return m.clocks.Stamp("Europe/Berlin") },
	})
	if err != nil {
		return err
	}
	m.cache, err = devicedb.OpenCache(ctx, filepath.Join(m.dir, "cache.db"), devicedb.CacheOptions{BootID: m.clocks.BootID()})
	if err != nil {
		return errors.Join(err, m.journal.Close())
	}
	return nil
}

func (m *simulated) agent() (*agent.Agent, error) {
	log := slog.New(slog.DiscardHandler)
	ids, err := wire.NewIDs(rand.Reader)
	if err != nil {
		return nil, err
	}
	pinned := trust.Config{
		Roots: []*x509.Certificate{m.id.CA}, Certificate: func() (*tls.Certificate, error) { return &m.id.Cert, nil },
	}
	dialer, err := mqttlink.New(mqttlink.Config{
		Brokers: m.id.Brokers, ClientID: m.id.Kiosk, Filters: []string{wire.KioskFilter(m.id.Org, m.id.Kiosk)}, DialTLS: pinned.Dial, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	plan, err := schedule.Parse("")
	if err != nil {
		return nil, err
	}
	signer := wire.NewSigner(m.id.RecordKey)
	return agent.New(agent.Config{
		Org: m.id.Org, Kiosk: m.id.Kiosk, Software: "simulated", Dialer: dialer, Sealer: signer, IDs: ids.Next,
		Outbox: outbox.New(outbox.Config{
			Journal: m.journal, Sealer: signer, Key: m.id.RecordKey.Public().(ed25519.PublicKey), IDs: ids.Next,
			Topic: wire.Topic{Org: m.id.Org, Kiosk: m.id.Kiosk, Channel: wire.UpRecords}, Gen: m.id.Gen,
		}),
		Inbox: inbox.New(inbox.Config{
			Org: m.id.Org, Kiosk: m.id.Kiosk, CA: m.id.CAKey(), Keyset: m.id.Keyset, Cache: m.cache,
			KeepKeyset: func(ctx context.Context, k wire.Keyset) error { return enrol.KeepKeyset(ctx, m.dir, k) },
		}),
		Journal: m.journal, Plan: agent.Plan{Schedule: plan, Live: true}, Now: time.Now, Chance: mathrand.Float64, Logger: log,
	}), nil
}

// punch clocks the person in as the touchscreen would.
func (m *simulated) punch(ctx context.Context) error {
	t, err := device.NewTerminal(device.Config{
		Org: m.id.Org, Kiosk: m.id.Kiosk, Settings: m.id.Settings, Seal: m.id.SealKey, SealKeyID: m.id.SealKeyID,
		Journal: m.journal, Roster: m.cache, Directory: m.cache, Badges: m.cache, Clocks: m.clocks.Stamp, Random: rand.Reader,
	})
	if err != nil {
		return err
	}
	s, err := t.Identify(ctx, local.Attempt{Person: m.person})
	if err != nil {
		return err
	}
	_, err = t.Punch(ctx, local.PunchRequest{Session: s.ID, Action: attendance.In})
	return err
}
