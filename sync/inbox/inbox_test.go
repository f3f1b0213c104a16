package inbox_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/wire"
)

func TestHandsOnAcksAndWelcomes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ack := wire.Ack{Gen: 2, Journal: journal(1), Through: 7, Credits: 100}
	ev := w.want(w.seal(wire.DownAck, wire.TypeAck, ack), inbox.Ack, "")
	if diff := cmp.Diff(ack, ev.Ack); diff != "" || ev.Re != "q-1" {
		t.Errorf("ack: %s re %q", diff, ev.Re)
	}
	ev = w.want(w.seal(wire.DownRes, wire.TypeWelcome, wire.Welcome{Gen: 2, Roster: 12, Ack: ack, FleetSize: 9}), inbox.Welcome, "")
	if ev.Welcome.Roster != 12 || ev.Welcome.FleetSize != 9 || ev.Welcome.Ack.Through != 7 {
		t.Errorf("welcome %+v", ev.Welcome)
	}
	w.want(w.seal(wire.DownRes, wire.TypeRefetch, wire.Refetch{Gen: 2, Version: 12}), inbox.Refetch, "")
	w.want(w.seal(wire.DownRes, "news", struct{}{}), inbox.Unknown, "")
	ev = w.want(w.seal(wire.DownRes, wire.TypeUnsupported, wire.Unsupported{Type: "anchor"}), inbox.Unsupported, "")
	if ev.Type != "anchor" {
		t.Errorf("unsupported %q", ev.Type)
	}
}

func TestPushedDeltaAndPartsInAnyOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.want(w.seal(wire.DownPush, wire.TypePage, split(2, 10, 11, person("p1", "Ada"))[0]), inbox.Applied, "")
	parts := split(2, 11, 14, person("p2", "Bo"), person("p3", "Cy"), wire.Row{Kind: wire.KindPerson, ID: "p1"})
	w.want(w.seal(wire.DownRes, wire.TypePage, parts[2]), inbox.Part, "")
	w.want(w.seal(wire.DownRes, wire.TypePage, parts[0]), inbox.Part, "")
	w.want(w.seal(wire.DownRes, wire.TypePage, parts[0]), inbox.Part, "") // sent anew
	ev := w.want(w.seal(wire.DownRes, wire.TypePage, parts[1]), inbox.Applied, "")
	if ev.Version != 14 || w.cache.version != 14 || len(w.cache.rows) != 2 {
		t.Errorf("version %d, rows %v", w.cache.version, w.cache.rows)
	}
	w.want(w.seal(wire.DownRes, wire.TypePage, wire.Page{Gen: 2, From: 14, To: 14, Parts: 1}), inbox.Current, "")
}

func TestDeltaThatDoesNotFit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	later := w.seal(wire.DownPush, wire.TypePage, split(2, 11, 12, person("p2", "Bo"))[0])
	w.want(later, inbox.Unfit, "")
	if w.cache.version != 10 {
		t.Fatal("a delta was applied out of order")
	}
	p, err := w.in.Pull(context.Background())
	if err != nil || p != (wire.Pull{Gen: 2, Version: 10}) {
		t.Fatalf("pull %+v, %v", p, err)
	}
	// What was missing arrives late: both are applied, the second without being sent again.
	ev := w.want(w.seal(wire.DownPush, wire.TypePage, split(2, 10, 11, person("p1", "Ada"))[0]), inbox.Applied, "")
	if ev.Version != 12 || w.cache.applies != 2 {
		t.Errorf("version %d after %d applies", ev.Version, w.cache.applies)
	}
	// A new generation begins with a snapshot only.
	w.want(w.seal(wire.DownPush, wire.TypePage, split(3, 12, 13, person("p1", "Ada"))[0]), inbox.Unfit, "")
	w.want(w.seal(wire.DownRes, wire.TypePage, split(3, 0, 4, person("p9", "Zoe"))[0]), inbox.Applied, "")
	if w.cache.gen != 3 || w.cache.version != 4 || len(w.cache.rows) != 1 {
		t.Errorf("gen %d version %d rows %v", w.cache.gen, w.cache.version, w.cache.rows)
	}
}

func TestPresence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in.SetJournal(journal(1))
	page := func(gen uint64, j byte, asOf uint64) wire.Message {
		return w.seal(wire.DownPush, wire.TypePresence, wire.PresencePage{Gen: gen, Journal: journal(j), AsOf: asOf})
	}
	w.want(page(2, 1, 5), inbox.Presence, "")
	w.want(page(2, 1, 5), inbox.Presence, "") // a new one: nothing punched here meanwhile
	w.want(page(2, 1, 4), inbox.Dropped, inbox.Stale)
	w.want(page(1, 1, 9), inbox.Dropped, inbox.Stale)
	w.want(page(2, 2, 9), inbox.Dropped, inbox.Stale)
	w.want(page(3, 1, 1), inbox.Presence, "")
	w.want(page(2, 1, 9), inbox.Dropped, inbox.Stale)
	if len(w.cache.presence) != 3 || w.in.Stats().Stale != 4 {
		t.Errorf("%d pages, %+v", len(w.cache.presence), w.in.Stats())
	}
}

func TestSummaries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in.SetJournal(journal(1))
	page := func(gen uint64, j byte, asOf uint64) wire.Message {
		return w.seal(wire.DownPush, wire.TypeSummary, wire.SummaryPage{Gen: gen, Journal: journal(j), AsOf: asOf, Rows: []wire.SummaryRow{{Person: "ann"}}})
	}
	w.want(page(2, 1, 5), inbox.Summary, "")
	w.want(page(2, 1, 5), inbox.Summary, "")                                                                                      // the rest of the people
	w.want(w.seal(wire.DownPush, wire.TypePresence, wire.PresencePage{Gen: 2, Journal: journal(1), AsOf: 4}), inbox.Presence, "") // each has its own mark
	w.want(page(2, 1, 4), inbox.Dropped, inbox.Stale)
	w.want(page(1, 1, 9), inbox.Dropped, inbox.Stale)
	w.want(page(2, 2, 9), inbox.Dropped, inbox.Stale)
	w.want(page(3, 1, 1), inbox.Summary, "")
	w.want(w.seal(wire.DownRes, wire.TypeSummary, wire.SummaryPage{Gen: 3}), inbox.Dropped, inbox.Misplaced)
	w.want(w.seal(wire.DownPush, wire.TypeSummary, []int{1}), inbox.Dropped, inbox.Malformed)
	w.cache.err = problem.New(problem.Invalid, "Too long.", "")
	w.want(page(3, 1, 2), inbox.Dropped, inbox.Malformed)
	w.cache.err = nil
	w.want(page(3, 1, 1), inbox.Summary, "") // what was refused moved no mark
	if len(w.cache.presence) != 1 || w.cache.summaries[0].Rows[0].Person != "ann" {
		t.Errorf("%+v", w.cache)
	}
}

// The authority that a keyset announced vouches for the one after it, and from then on
// alone.
func TestTheAnnouncedAuthorityIsFollowed(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t), newWorld(t)
	welcome := func(by string, k wire.Keyset) wire.Message {
		return w.sealBy(wire.NewSigner(key(by)), topic(wire.DownRes), wire.TypeWelcome, wire.Welcome{Gen: 2, Keyset: &k})
	}
	w.want(welcome("next", keyset(t, other.ca, 6, "next")), inbox.Dropped, inbox.UnknownKey)
	announcing := keyset(t, w.ca, 6, "central")
	announcing.NextCA = authorityOf(t, other.ca)
	announcing, err := wire.SignKeyset(w.ca, org, announcing)
	if err != nil {
		t.Fatal(err)
	}
	w.want(welcome("central", announcing), inbox.Welcome, "")
	w.want(welcome("next", keyset(t, other.ca, 7, "next")), inbox.Welcome, "")
	w.want(welcome("thief", keyset(t, w.ca, 8, "thief")), inbox.Dropped, inbox.UnknownKey)
	w.want(welcome("last", keyset(t, other.ca, 8, "last")), inbox.Welcome, "")
	if len(w.kept) != 3 || w.in.Keyset() != 8 {
		t.Errorf("kept %d, version %d", len(w.kept), w.in.Keyset())
	}
}

func authorityOf(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	c := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true, BasicConstraintsValid: true, NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestKeysets(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	welcome := func(by string, k wire.Keyset) wire.Message {
		return w.sealBy(wire.NewSigner(key(by)), topic(wire.DownRes), wire.TypeWelcome, wire.Welcome{Gen: 2, Keyset: &k})
	}
	other := newWorld(t)
	w.want(welcome("thief", keyset(t, other.ca, 6, "thief")), inbox.Dropped, inbox.UnknownKey)
	w.want(welcome("thief", keyset(t, w.ca, 5, "thief")), inbox.Dropped, inbox.UnknownKey)
	w.want(welcome("thief", keyset(t, w.ca, 6, "central", "next")), inbox.Dropped, inbox.UnknownKey)
	w.want(welcome("central", keyset(t, other.ca, 6, "thief")), inbox.Welcome, "")
	w.want(welcome("central", keyset(t, w.ca, 4, "thief")), inbox.Welcome, "")
	if len(w.kept) != 0 || w.in.Keyset() != 5 || w.in.Stats().Keysets != 2 {
		t.Fatalf("kept %v, version %d, %+v", w.kept, w.in.Keyset(), w.in.Stats())
	}
	// The authority vouches for a new key, and a welcome under it brings the proof.
	w.want(welcome("next", keyset(t, w.ca, 7, "next")), inbox.Welcome, "")
	if len(w.kept) != 1 || w.in.Keyset() != 7 {
		t.Fatalf("kept %d, version %d", len(w.kept), w.in.Keyset())
	}
	w.want(w.seal(wire.DownAck, wire.TypeAck, wire.Ack{}), inbox.Dropped, inbox.UnknownKey) // the old key is out
}

func TestDiskErrorsAreTold(t *testing.T) {
	t.Parallel()
	w, broken := newWorld(t), errors.New("disk gone")
	w.cache.err = broken
	m := w.seal(wire.DownPush, wire.TypePage, split(2, 10, 11, person("p1", "Ada"))[0])
	if _, err := w.in.Take(context.Background(), now, m); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
	w.cache.err = nil
	w.want(m, inbox.Applied, "") // the same message again is not a repetition: it had not worked
}

// A keyset that is signed and does not go with this kiosk's certificate is passed over; the
// welcome that brought it counts, or the kiosk would never talk again.
func TestAKeysetThatCantBeKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in = inbox.New(inbox.Config{
		Org: org, Kiosk: kiosk, CA: &w.ca.PublicKey, Keyset: keyset(t, w.ca, 5, "central"), Cache: w.cache,
		KeepKeyset: func(context.Context, wire.Keyset) error {
			return problem.New(problem.Untrusted, "It does not go together.", "")
		},
	})
	set := keyset(t, w.ca, 6, "central")
	ev, err := w.in.Take(t.Context(), time.Now(), w.seal(wire.DownRes, wire.TypeWelcome, wire.Welcome{Gen: 2, Roster: 10, Keyset: &set}))
	if err != nil || ev.Kind != inbox.Welcome || w.in.Keyset() != 5 {
		t.Errorf("%+v, %v, keyset %d", ev, err, w.in.Keyset())
	}
}
