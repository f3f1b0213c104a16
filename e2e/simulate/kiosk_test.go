package simulate

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/attendance/pin"
	"github.com/timepost/timepost/device"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/inbox"
	"github.com/timepost/timepost/sync/outbox"
	"github.com/timepost/timepost/sync/wire"

	"context"
)

// keepFor is how long kiosks keep what central has: weeks pass slowly here.
const keepFor = 3 * 24 * time.Hour

// kiosk is one machine with its databases; lives counts its keys.
type kiosk struct {
	w    *world
	id   string
	life int
	plug *plug
	key  ed25519.PrivateKey
	seal *ecdh.PrivateKey
	ids  *wire.IDs

	boots int
	up    time.Time     // when it was booted
	off   time.Duration // its wall clock is ahead by

	journal  *devicedb.Journal
	cache    *devicedb.Cache
	terminal *device.Terminal
	outbox   *outbox.Outbox
	inbox    *inbox.Inbox

	cut     bool // off the network
	revoked bool
	saved   bool // there is an older copy of its card
	savedAt devicedb.Head

	welcomed bool
	helloID  string
	askAt    time.Time // when the hello is asked again
	pull     bool
	pullAt   time.Time

	said    map[roll]map[string]state // what each roster of it says of people
	newest  roll                      // the furthest that was in force here
	guesses map[string]*guesses
}

func newKiosk(w *world, id string) *kiosk {
	k := &kiosk{w: w, id: id, said: map[roll]map[string]state{}, guesses: map[string]*guesses{}, up: w.now.Add(-time.Minute)}
	w.must(os.MkdirAll(k.dir(), 0o700))
	k.plug = newPlug(w, k.dir())
	k.keys()
	w.centre.update(func(ctx context.Context, tx *centraldb.Tx) error {
		if err := tx.AddKiosk(ctx, attendance.Kiosk{ID: id, Name: id, Zone: "UTC", RequiresPIN: true}, 1); err != nil {
			return err
		}
		return tx.SetAssignments(ctx, id, centraldb.Assignments{Everyone: true})
	})
	w.centre.admit(k)
	k.open()
	return k
}

func (k *kiosk) dir() string { return filepath.Join(k.w.dir, k.id) }

// keys makes new ones: another machine, or the same enrolled anew.
func (k *kiosk) keys() {
	k.life++
	k.key = ed25519.NewKeyFromSeed(bytesOf(k.w, ed25519.SeedSize))
	var err error
	k.seal, err = ecdh.X25519().NewPrivateKey(bytesOf(k.w, 32))
	k.w.must(err)
	k.ids, err = wire.NewIDs(k.w.random())
	k.w.must(err)
}

// stamp reads the machine's clocks.
func (k *kiosk) stamp(zone string) attendance.Stamp {
	up := int64(k.w.now.Sub(k.up))
	return attendance.Stamp{
		Real: k.w.now.Add(k.off).UnixNano(), Boot: up, Mono: up, Raw: up, BootID: fmt.Sprintf("%s-%d", k.id, k.boots), Status: attendance.StaUnsync, Zone: zone, TZData: "test",
	}
}

// open starts the daemon over what is on disk.
func (k *kiosk) open() {
	w := k.w
	var err error
	k.journal, err = devicedb.OpenJournal(w.ctx, filepath.Join(k.dir(), "journal.db"), devicedb.Identity{Org: org, Kiosk: k.id, Key: k.key},
		devicedb.Options{Random: w.random(), Stamp: func() attendance.Stamp { return k.stamp("UTC") }, KeepFor: keepFor})
	w.must(err)
	k.cache, err = devicedb.OpenCache(w.ctx, filepath.Join(k.dir(), "cache.db"), devicedb.CacheOptions{BootID: k.stamp("").BootID, Owner: fmt.Sprint(k.id, k.life)})
	w.must(err)
	var journal device.Journal = k.journal
	if w.broken == "forgets what it has shown" || w.broken == "guesses for nothing" {
		journal = careless{k.journal, w}
	}
	k.terminal, err = device.NewTerminal(device.Config{
		Org: org, Kiosk: k.id, Settings: wire.SettingsRow{Zone: "UTC", RequiresPIN: true}, Seal: k.seal, SealKeyID: pin.SealKeyIDOf(k.seal.PublicKey()),
		Journal: journal, Roster: k.cache, Directory: k.cache, Badges: k.cache, Clocks: k.stamp, Random: w.random(), Dummy: hashOf("nobody", "----"), Match: k.match,
	})
	w.must(err)
	gen, _, err := k.cache.Version(w.ctx)
	w.must(err)
	k.outbox = outbox.New(outbox.Config{
		Journal: k.journal, Sealer: wire.NewSigner(k.key), Topic: wire.Topic{Org: org, Kiosk: k.id, Channel: wire.UpRecords},
		Key: k.key.Public().(ed25519.PublicKey), IDs: k.ids.Next, Gen: gen,
	})
	k.inbox = inbox.New(inbox.Config{
		Org: org, Kiosk: k.id, CA: &w.centre.ca.PublicKey, Keyset: w.centre.keyset, Cache: k.cache,
		KeepKeyset: func(context.Context, wire.Keyset) error { return nil },
	})
	k.hangUp()
}

// careless says of some commits that they are on disk, and drops them.
type careless struct {
	*devicedb.Journal
	w *world
}

func (c careless) Update(ctx context.Context, f func(tx *devicedb.JournalTx) error) error {
	dropped := errors.New("dropped")
	if c.w.broken == "guesses for nothing" || c.w.chance(10) {
		err := c.Journal.Update(ctx, func(tx *devicedb.JournalTx) error { return errors.Join(f(tx), dropped) })
		if errors.Is(err, dropped) {
			return nil
		}
		return err
	}
	return c.Journal.Update(ctx, f)
}

func (k *kiosk) close() {
	k.w.must(k.cache.Close())
	k.w.must(k.journal.Close())
}

func (k *kiosk) head() devicedb.Head {
	h, err := k.journal.Head(k.w.ctx)
	k.w.must(err)
	return h
}

// roster gives the one in force.
func (k *kiosk) roster() roll {
	gen, version, err := k.cache.Version(k.w.ctx)
	k.w.must(err)
	return roll{gen, version}
}

func (k *kiosk) current() bool { return k.roster() == k.w.centre.at(k.id) }

// restart kills the daemon and starts it again.
func (k *kiosk) restart(why string) {
	k.close()
	if k.w.broken == "rosters go back" && k.saved {
		copyFile(k.w, filepath.Join(k.dir(), "cache.db.card"), filepath.Join(k.dir(), "cache.db"))
		k.w.must(k.plug.disk.Settle())
	}
	k.open()
	k.forward()
	k.w.note("%s %s", k.id, why)
}

// reboot starts the machine anew, after it was off for a while.
func (k *kiosk) reboot() {
	k.close()
	k.w.pass(time.Duration(k.w.rng.Int64N(int64(time.Hour))))
	k.boots++
	k.up = k.w.now.Add(-20 * time.Second)
	k.open()
	k.w.note("%s rebooted", k.id)
}

// save makes a copy of the card.
func (k *kiosk) save() {
	k.saved, k.savedAt = true, k.head()
	k.close()
	for _, name := range []string{"journal.db", "cache.db"} {
		copyFile(k.w, filepath.Join(k.dir(), name), filepath.Join(k.dir(), name+".card"))
	}
	k.open()
	k.w.note("%s card copied", k.id)
}

// putBack puts the older copy in its place. What was shown since is excused: nobody can
// keep what is taken off the disk; what was sent has to be at central still.
func (k *kiosk) putBack() {
	if !k.saved {
		return
	}
	k.close()
	for _, name := range []string{"journal.db", "cache.db"} {
		copyFile(k.w, filepath.Join(k.dir(), name+".card"), filepath.Join(k.dir(), name))
	}
	k.w.must(k.plug.disk.Settle())
	k.open()
	at := k.savedAt
	for _, r := range k.w.shown {
		if r.kiosk == k && (r.journal != at.Journal.String() || r.seq > at.Seq) {
			r.excused = true
		}
	}
	k.newest, k.guesses = roll{}, map[string]*guesses{}
	k.w.putBacks++
	k.w.note("%s card put back", k.id)
}

// replace enrols the machine anew: new keys, and the old journal's tail waits for a
// person, which is not simulated.
func (k *kiosk) replace() {
	k.close()
	k.keys()
	k.revoked, k.saved = false, false
	k.w.centre.admit(k)
	for _, r := range k.w.shown {
		r.excused = r.excused || r.kiosk == k
	}
	k.newest, k.guesses = roll{}, map[string]*guesses{}
	k.open()
	k.w.net.forget(k.id)
	k.w.centre.refresh()
	k.w.note("%s enrolled anew", k.id)
}

// aside gives the databases that were set aside as damaged.
func (k *kiosk) aside() []string {
	names, err := filepath.Glob(filepath.Join(k.dir(), "*."+devicedb.ReasonCorrupt+"-*"))
	k.w.must(err)
	return names
}

func (k *kiosk) revoke() {
	k.revoked = true
	k.w.centre.admit(k)
	k.hangUp()
	for _, r := range k.w.shown {
		r.excused = r.excused || r.kiosk == k
	}
	k.w.note("%s revoked", k.id)
}
