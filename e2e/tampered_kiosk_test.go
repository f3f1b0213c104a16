package e2e

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/ingest"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// tampered is a kiosk with a real journal, on a disk that somebody gets at, and the
// real ingest at the other end; between them is a function call.
type tampered struct {
	t      *testing.T
	id     devicedb.Identity
	c      *inProcess
	ingest *ingest.Ingest
	now    time.Time
	path   string
	boot   int
	lost   bool // there was a journal before
	j      *devicedb.Journal
	out    *outbox.Outbox

	answering func() // happens before the next answer arrives
}

// newTampered gives one that is switched on and has sent six punches.
func newTampered(t *testing.T) *tampered {
	t.Helper()
	m := &tampered{t: t, c: newInProcess(t, nil), now: time.Now(), path: filepath.Join(memoryDir(t), "journal.db")}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	m.id = devicedb.Identity{Org: simulatedOrg, Kiosk: "gate", Key: key}
	m.c.enrol(t, m.id.Kiosk, key.Public().(ed25519.PublicKey))
	log, err := m.c.db.Records(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m.ingest = ingest.New(ingest.Config{
		Org: simulatedOrg, Signer: wire.NewSigner(m.c.key), NewID: m.c.ids.Next, Keyset: func() wire.Keyset { return m.c.keyset },
		Now: func() time.Time { return m.now }, Log: log, Fleet: m.c.db, Rosters: noRosters{}, Counts: m.c.counts,
		Logger: slog.New(slog.DiscardHandler), Flawed: m.c.db.NoteFlaw,
	})
	m.on()
	t.Cleanup(m.off)
	m.tap(6)
	m.sync()
	return m
}

// noRosters is a server on which nobody is on any kiosk.
type noRosters struct{}

func (noRosters) Version(context.Context, string) (uint64, error) { return 0, nil }

func (noRosters) Pages(context.Context, string, string, wire.Pull) ([]wire.Message, error) {
	return nil, nil
}

// on starts it, on a machine that was off.
func (m *tampered) on() {
	m.t.Helper()
	m.boot++
	stamp := func() attendance.Stamp {
		return attendance.Stamp{Real: m.now.UnixNano(), BootID: fmt.Sprint("boot ", m.boot), Zone: "UTC"}
	}
	var err error
	m.j, err = devicedb.OpenJournal(m.t.Context(), m.path, m.id, devicedb.Options{Random: rand.Reader, Stamp: stamp, Lost: m.lost})
	if err != nil {
		m.t.Fatal(err)
	}
	m.out = outbox.New(outbox.Config{
		Journal: m.j, Sealer: wire.NewSigner(m.id.Key), Topic: m.topic(wire.UpRecords), Key: m.id.Key.Public().(ed25519.PublicKey),
		IDs: m.c.ids.Next, Gen: 1,
	})
}

func (m *tampered) topic(ch wire.Channel) wire.Topic {
	return wire.Topic{Org: m.id.Org, Kiosk: m.id.Kiosk, Channel: ch}
}

// ask gives central a message and takes in what it acknowledges.
func (m *tampered) ask(msg wire.Message) {
	m.t.Helper()
	answers := m.ingest.Handle(m.t.Context(), msg)
	if m.answering != nil {
		m.answering()
		m.answering = nil
	}
	for _, a := range answers {
		_, e, err := wire.Open(a, func(wire.Topic, string) (ed25519.PublicKey, error) {
			return m.c.key.Public().(ed25519.PublicKey), nil
		})
		if err != nil {
			m.t.Fatal(err)
		}
		var ack wire.Ack
		if e.Type == wire.TypeWelcome {
			var w wire.Welcome
			err = e.Decode(&w)
			ack, e.Re = w.Ack, ""
		} else {
			err = e.Decode(&ack)
		}
		if err != nil {
			m.t.Fatal(err)
		}
		if _, err := m.out.OnAck(m.t.Context(), m.now, e.Re, ack); err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *tampered) hello(h outbox.Head) {
	m.t.Helper()
	msg, err := wire.NewSigner(m.id.Key).Seal(m.topic(wire.UpReq), wire.TypeHello, m.c.ids.Next(), "", wire.Hello{
		Versions: wire.Versions{1}, Journal: h.Journal, Head: h.Seq, HeadHash: h.Hash, Oldest: h.Oldest,
		Acked: h.Acked, AckedHash: h.AckedHash, Queue: h.Queue, Gen: m.out.Gen(),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.ask(msg)
}

// sync says hello and sends everything, as rounds do until there is nothing left.
func (m *tampered) sync() {
	m.t.Helper()
	for range 5 {
		h := m.head()
		m.hello(h)
		m.flush()
		if m.head().Journal == h.Journal && m.out.Drained() {
			return
		}
	}
	m.t.Fatal("it never ends")
}

func (m *tampered) head() outbox.Head {
	m.t.Helper()
	h, err := m.out.Head(m.t.Context())
	if err != nil {
		m.t.Fatal(err)
	}
	return h
}

func (m *tampered) flush() {
	m.t.Helper()
	for {
		batches, err := m.out.Next(m.t.Context(), m.now)
		if err != nil {
			m.t.Fatal(err)
		}
		if len(batches) == 0 {
			return
		}
		for _, b := range batches {
			m.ask(b)
		}
	}
}

func (m *tampered) off() {
	if m.j == nil {
		return
	}
	if err := m.j.Close(); err != nil {
		m.t.Error(err)
	}
	m.j = nil
}

func (m *tampered) tap(n int) {
	m.t.Helper()
	for i := range n {
		err := m.j.Update(m.t.Context(), func(tx *devicedb.JournalTx) error {
			_, err := tx.Append(record.Body{
				Type: record.Punched, Person: fmt.Sprintf("p%d", i%3), Action: attendance.In, Auth: attendance.AuthPersonal, Note: fmt.Sprint(m.boot),
			})
			return err
		})
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

// copyFile keeps the disk as it is; it is off.
func (m *tampered) copyFile() (restore func()) {
	m.t.Helper()
	text, err := os.ReadFile(m.path)
	if err != nil {
		m.t.Fatal(err)
	}
	return func() {
		for _, tail := range []string{"-wal", "-shm"} {
			if err := os.Remove(m.path + tail); err != nil && !os.IsNotExist(err) {
				m.t.Fatal(err)
			}
		}
		if err := os.WriteFile(m.path, text, 0o600); err != nil {
			m.t.Fatal(err)
		}
	}
}

// sql changes the file; it is off.
func (m *tampered) sql(statements ...string) {
	m.t.Helper()
	db, err := store.OpenDamaged(m.t.Context(), m.path)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.ExecContext(m.t.Context(), s); err != nil {
			m.t.Errorf("%s: %v", s, err)
		}
	}
	if err := db.Close(); err != nil {
		m.t.Fatal(err)
	}
}

// rewrite changes what a record says that was sent, and makes its hash and those of
// all after it anew, signed with the kiosk's own key.
func (m *tampered) rewrite(seq uint64) {
	m.t.Helper()
	recs, err := m.j.After(m.t.Context(), 0, 1000)
	if err != nil {
		m.t.Fatal(err)
	}
	m.off()
	chain := record.Chain{Org: m.id.Org, Kiosk: m.id.Kiosk, Journal: recs[0].Journal}
	prev := chain.Genesis(m.id.Key.Public().(ed25519.PublicKey))
	for _, r := range recs {
		body := r.Body
		if r.Seq == seq {
			body = bytes.Replace(body, []byte(`"in"`), []byte(`"out"`), 1)
		}
		if r, err = record.Append(chain, m.id.Key, r.Seq, prev, body); err != nil {
			m.t.Fatal(err)
		}
		prev = r.Hash
		m.sql(fmt.Sprintf(`UPDATE records SET body = x'%x', hash = x'%x', sig = x'%x' WHERE seq = %d`, r.Body, r.Hash[:], r.Sig, r.Seq))
	}
}
