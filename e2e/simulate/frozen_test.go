package simulate

import (
	"compress/gzip"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// frozen is a world at one instant as a version of the programs left it: beside it are
// its databases.
type frozen struct {
	Now      time.Time       `json:"now"`
	CA       []byte          `json:"ca"`  // PKCS #8
	Key      []byte          `json:"key"` // of central, the seed
	Kiosks   []frozenKiosk   `json:"kiosks"`
	People   []frozenPerson  `json:"people"`
	Receipts []frozenReceipt `json:"receipts"`
	Notes    int             `json:"notes"`
	Punches  map[string]int  `json:"punches"` // what counts at central, by note
}

type frozenKiosk struct {
	ID      string                   `json:"id"`
	Life    int                      `json:"life"`
	Key     []byte                   `json:"key"` // the seed
	Seal    []byte                   `json:"seal"`
	Boots   int                      `json:"boots"`
	Up      time.Time                `json:"up"`
	Off     time.Duration            `json:"off"`
	Revoked bool                     `json:"revoked"`
	Gen     uint64                   `json:"gen"`
	Version uint64                   `json:"version"`
	Said    map[string]frozenState   `json:"said"` // by the roster in force
	Guesses map[string]frozenGuesses `json:"guesses"`
	Head    devicedb.Head            `json:"head"`
	Hashes  []string                 `json:"hashes"` // of every record of its journal
}

type frozenState struct {
	Active bool   `json:"active"`
	Digits string `json:"digits"`
	PIN    uint64 `json:"pin"`
	Unlock uint64 `json:"unlock"`
}

type frozenPerson struct {
	ID string `json:"id"`
	frozenState
}

type frozenGuesses struct {
	PIN      uint64    `json:"pin"`
	Unlock   uint64    `json:"unlock"`
	Failures int       `json:"failures"`
	Last     time.Time `json:"last"`
}

type frozenReceipt struct {
	Note    string `json:"note"`
	Kiosk   string `json:"kiosk"`
	Journal string `json:"journal"`
	Seq     uint64 `json:"seq"`
	Excused bool   `json:"excused"`
}

func freezeState(s state) frozenState { return frozenState{s.active, s.digits, s.pin, s.unlock} }
func (s frozenState) thaw() state     { return state{s.Active, s.Digits, s.PIN, s.Unlock} }

// freeze writes the world to dir. Nothing of it may be used afterwards.
func (w *world) freeze(dir string) {
	f := frozen{Now: w.now, Key: w.centre.key.Seed(), Notes: w.notes, Punches: w.centre.counted()}
	var err error
	f.CA, err = x509.MarshalPKCS8PrivateKey(w.centre.ca)
	w.must(err)
	for _, p := range w.people {
		f.People = append(f.People, frozenPerson{p.id, freezeState(p.state)})
	}
	for note, r := range w.shown {
		f.Receipts = append(f.Receipts, frozenReceipt{note, r.kiosk.id, r.journal, r.seq, r.excused})
	}
	for _, k := range w.kiosks {
		f.Kiosks = append(f.Kiosks, k.freeze())
	}
	w.close()
	w.must(os.MkdirAll(dir, 0o755))
	text, err := json.MarshalIndent(f, "", " ")
	w.must(err)
	w.must(os.WriteFile(filepath.Join(dir, "world.json"), append(text, '\n'), 0o644))
	for _, name := range w.databases() {
		to := filepath.Join(dir, name+".gz")
		w.must(os.MkdirAll(filepath.Dir(to), 0o755))
		pack(w, filepath.Join(w.dir, name), to)
	}
}

func (k *kiosk) freeze() frozenKiosk {
	at := k.roster()
	f := frozenKiosk{
		ID: k.id, Life: k.life, Key: k.key.Seed(), Seal: k.seal.Bytes(), Boots: k.boots, Up: k.up, Off: k.off, Revoked: k.revoked,
		Gen: at.gen, Version: at.version, Said: map[string]frozenState{}, Guesses: map[string]frozenGuesses{}, Head: k.head(), Hashes: k.hashes(),
	}
	for id, s := range k.said[at] {
		f.Said[id] = freezeState(s)
	}
	for id, g := range k.guesses {
		f.Guesses[id] = frozenGuesses{g.pin, g.unlock, g.failures, g.last}
	}
	return f
}

// hashes gives the hash of each record of the current journal, in order.
func (k *kiosk) hashes() (out []string) {
	for _, r := range k.records() {
		out = append(out, r.Hash.String())
	}
	return out
}

func (k *kiosk) records() []record.Record {
	h := k.head()
	recs, err := k.journal.After(k.w.ctx, 0, int(h.Seq))
	k.w.must(err)
	return recs
}

// databases names the files of a world that is closed.
func (w *world) databases() []string {
	out := []string{"central.db"}
	for _, k := range w.kiosks {
		out = append(out, k.id+"/journal.db", k.id+"/cache.db")
	}
	return out
}

// thaw gives the world that was frozen in dir, opened by these programs.
func thaw(t testing.TB, dir string, seed uint64) (*world, frozen) {
	t.Helper()
	w := emptyWorld(t, seed, "")
	var f frozen
	text, err := os.ReadFile(filepath.Join(dir, "world.json"))
	w.must(err)
	w.must(json.Unmarshal(text, &f))
	w.now, w.notes = f.Now, f.Notes
	byID := map[string]*kiosk{}
	for _, fk := range f.Kiosks {
		k := &kiosk{w: w, id: fk.ID}
		w.kiosks, byID[fk.ID] = append(w.kiosks, k), k
		w.must(os.MkdirAll(k.dir(), 0o700))
	}
	for _, name := range w.databases() {
		unpack(w, filepath.Join(dir, name+".gz"), filepath.Join(w.dir, name))
	}
	ca, err := x509.ParsePKCS8PrivateKey(f.CA)
	w.must(err)
	w.centre = centreOf(w, ca.(*ecdsa.PrivateKey), ed25519.NewKeyFromSeed(f.Key))
	w.centre.start()
	for _, fk := range f.Kiosks {
		byID[fk.ID].thaw(fk)
	}
	for _, p := range f.People {
		w.people = append(w.people, &person{id: p.ID, state: p.thaw()})
	}
	for _, r := range f.Receipts {
		w.shown[r.Note] = &receipt{kiosk: byID[r.Kiosk], journal: r.Journal, seq: r.Seq, excused: r.Excused}
	}
	w.centre.refresh()
	return w, f
}

func (k *kiosk) thaw(f frozenKiosk) {
	var err error
	k.life, k.boots, k.up, k.off, k.revoked = f.Life, f.Boots, f.Up, f.Off, f.Revoked
	k.key = ed25519.NewKeyFromSeed(f.Key)
	k.seal, err = ecdh.X25519().NewPrivateKey(f.Seal)
	k.w.must(err)
	k.ids, err = wire.NewIDs(k.w.random())
	k.w.must(err)
	k.newest = roll{f.Gen, f.Version}
	k.said, k.guesses = map[roll]map[string]state{k.newest: {}}, map[string]*guesses{}
	for id, s := range f.Said {
		k.said[k.newest][id] = s.thaw()
	}
	for id, g := range f.Guesses {
		k.guesses[id] = &guesses{g.PIN, g.Unlock, g.Failures, g.Last}
	}
	k.plug = newPlug(k.w, k.dir())
	k.open()
}

func pack(w *world, from, to string) {
	in, err := os.ReadFile(from)
	w.must(err)
	out, err := os.Create(to)
	w.must(err)
	z, err := gzip.NewWriterLevel(out, gzip.BestCompression)
	w.must(err)
	_, err = z.Write(in)
	w.must(err)
	w.must(z.Close())
	w.must(out.Close())
}

func unpack(w *world, from, to string) {
	in, err := os.Open(from)
	w.must(err)
	z, err := gzip.NewReader(in)
	w.must(err)
	data, err := io.ReadAll(z)
	w.must(err)
	w.must(in.Close())
	w.must(os.WriteFile(to, data, 0o600))
}
