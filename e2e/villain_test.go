package e2e

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// villain holds the keys and the certificate of a kiosk, and means ill.
type villain struct {
	h    *hostile
	c    *centre
	id   *enrol.Identity
	addr string
	head outbox.Head
	own  []record.Record

	mu    sync.Mutex
	heard map[string]int // messages by topic
}

// newVillain takes a kiosk over whose daemon has been killed.
func newVillain(t *testing.T, c *centre, w *clock) *villain {
	t.Helper()
	v := &villain{c: c, id: w.identity(t), heard: map[string]int{}}
	v.addr = strings.TrimPrefix(v.id.Brokers[0], "tls://")
	v.h = &hostile{c: c, thief: v.id, other: v.id}
	var err error
	if v.h.ids, err = wire.NewIDs(rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.journal(t, func(j *devicedb.Journal) {
		if v.head, err = j.Head(t.Context()); err == nil {
			v.own, err = j.After(t.Context(), 0, 100)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	v.h.journal, v.h.run = v.head.Journal, v.own
	return v
}

// link connects under its own name and notes what it hears.
func (v *villain) link(t *testing.T) wire.Link {
	t.Helper()
	l := connect(t, v.c.keys(t), v.addr, v.id.Kiosk, v.id.Cert, wire.KioskFilter(organisation, v.id.Kiosk))
	go func() {
		for m := range l.Receive() {
			v.mu.Lock()
			v.heard[m.Topic]++
			v.mu.Unlock()
		}
	}()
	return l
}

// junk sends so many bytes that mean nothing, or cost more to find that out: not
// JSON, deeply nested, packed, and under a signature that is false at the end.
func (v *villain) junk(t *testing.T, size int) string {
	records, ask := up(v.id.Kiosk, wire.UpRecords).String(), up(v.id.Kiosk, wire.UpReq).String()
	forged := resigned(t, v.h.batch(t, up(v.id.Kiosk, wire.UpRecords), v.id.RecordKey), func(e *wire.Envelope) {
		e.Body = append(e.Body, make([]byte, wire.MaxPayload/2)...)
	})
	kinds := []wire.Message{
		{Topic: records, Payload: bytes.Repeat([]byte("x"), wire.MaxPayload)},
		{Topic: ask, Payload: bytes.Repeat([]byte(`[`), wire.MaxPayload)},
		{Topic: ask, Payload: bomb(t)},
		{Topic: records, Payload: forged.Payload},
		{Topic: up("nobody", wire.UpRecords).String(), Payload: make([]byte, wire.MaxPayload)},
	}
	l, sent, n := v.link(t), 0, 0
	for ; sent < size; n++ {
		m := kinds[n%len(kinds)]
		if err := l.Publish(t.Context(), m); err != nil {
			l = v.link(t) // it was cut off, and comes back
			continue
		}
		sent += len(m.Payload)
	}
	return fmt.Sprintf("%d messages, %d MB", n, sent>>20)
}

// connects comes n times to the broker, under its own name and another's, and
// with less than a connection, while idle ones stay open and say nothing.
func (v *villain) connects(t *testing.T, victim string, n, idle int) string {
	open := make([]net.Conn, 0, idle)
	for range idle {
		conn, err := net.Dial("tcp", v.addr)
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, conn)
	}
	var stolen int
	var mu sync.Mutex
	turns := make(chan int)
	var trying sync.WaitGroup
	for range 4 {
		trying.Go(func() {
			for i := range turns {
				if v.come(t, i, victim) {
					mu.Lock()
					stolen++
					mu.Unlock()
				}
			}
		})
	}
	for i := range n {
		turns <- i
	}
	close(turns)
	trying.Wait()
	for _, conn := range open {
		_ = conn.Close() // the broker may have, before
	}
	if stolen > 0 {
		t.Errorf("the broker let a kiosk in under another's name %d times", stolen)
	}
	return fmt.Sprintf("%d connects, beside %d connections that say nothing", n, idle)
}

// come connects once, in one of four ways; true: under the victim's name.
func (v *villain) come(t *testing.T, i int, victim string) bool {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	name := v.id.Kiosk
	switch i % 4 {
	case 0:
		name = victim
		fallthrough
	case 1:
		l, err := mqtt(t, v.c.keys(t), v.addr, name, v.id.Cert, wire.KioskFilter(organisation, name)).Dial(ctx)
		if err != nil {
			return false
		}
		_ = l.Close() // nil by its contract
		return name == victim
	case 2:
		roots := x509.NewCertPool()
		roots.AddCert(v.id.CA)
		conn, err := (&tls.Dialer{Config: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{v.id.Cert}}}).DialContext(ctx, "tcp", v.addr)
		if err == nil {
			_ = conn.Close() // without a word
		}
	case 3:
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", v.addr)
		if err == nil {
			_, _ = conn.Write(make([]byte, 4096)) // no TLS
			_ = conn.Close()
		}
	}
	return false
}

// lies sends for a while what is signed by a kiosk's own key, and wrong: batches
// repeated, at places that can't be, forked; claims that can't be; and questions
// with a large answer.
func (v *villain) lies(t *testing.T, during time.Duration) string {
	id, key := v.id.Kiosk, v.id.RecordKey
	at := func(from uint64) wire.Records {
		b := wire.Records{Journal: v.head.Journal, From: from}
		for _, r := range v.own {
			b.Entries = append(b.Entries, wire.Entry{Body: r.Body, Hash: r.Hash, Sig: r.Sig})
		}
		return b
	}
	crowd := wire.Records{Journal: record.JournalID{1}, From: 1}
	for range 100 { // each is looked at by itself
		crowd.Entries = append(crowd.Entries, wire.Entry{Body: []byte("{}"), Hash: record.Hash{1}, Sig: make([]byte, 64)})
	}
	hello := wire.Hello{
		Versions: wire.Versions{1}, Journal: v.head.Journal, Head: v.head.Seq, HeadHash: v.head.Hash,
		Oldest: 1, Acked: v.head.Acked, Gen: v.id.Gen,
	}
	boast, ancient, hollow := hello, hello, hello
	boast.Roster, boast.Gen = 1<<50, v.id.Gen+1
	ancient.Gen, ancient.Head = 0, 0
	hollow.Head, hollow.Oldest, hollow.Acked = math.MaxInt64-1, math.MaxInt64-1, 0
	hollow.Journal = record.JournalID{2}
	l := v.link(t)
	n := 0
	for until := time.Now().Add(during); time.Now().Before(until); {
		for _, say := range []struct {
			ch   wire.Channel
			typ  wire.Type
			body any
		}{
			{wire.UpRecords, wire.TypeRecords, at(1)}, {wire.UpRecords, wire.TypeRecords, at(0)},
			{wire.UpRecords, wire.TypeRecords, at(math.MaxUint64)}, {wire.UpRecords, wire.TypeRecords, at(math.MaxInt64)},
			{wire.UpRecords, wire.TypeRecords, at(2)}, {wire.UpRecords, wire.TypeRecords, crowd},
			{wire.UpReq, wire.TypeHello, hello}, {wire.UpReq, wire.TypeHello, boast}, {wire.UpReq, wire.TypeHello, ancient},
			{wire.UpReq, wire.TypeHello, hollow}, {wire.UpReq, wire.TypePull, wire.Pull{}},
			{wire.UpReq, wire.TypePull, wire.Pull{Gen: math.MaxUint64, Version: math.MaxUint64}},
			{wire.UpReq, "nonsense", hello},
		} {
			m := v.h.seal(t, up(id, say.ch), key, say.typ, say.body)
			m.QoS = 0
			if err := l.Publish(t.Context(), m); err != nil {
				l = v.link(t)
			}
			n++
		}
	}
	return fmt.Sprintf("%d messages", n)
}
