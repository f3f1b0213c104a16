package diagnostics

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// Report is report.json. What could not be found out is under Wrong.
type Report struct {
	At       time.Time         `json:"at"` // the kiosk's clock
	Org      string            `json:"org"`
	Kiosk    string            `json:"kiosk"` // its id
	Go       string            `json:"go"`    // the version that the daemon was built with
	Arch     string            `json:"arch"`
	Link     Link              `json:"link"`
	Health   *wire.Health      `json:"health,omitempty"`
	Settings *wire.SettingsRow `json:"settings,omitempty"` // those in force
	Counts   map[string]int    `json:"counts,omitempty"`   // of what is kept, by what it is
	Journal  *Journaled        `json:"journal,omitempty"`
	Files    []File            `json:"files,omitempty"` // of the data folder
	Wrong    []string          `json:"wrong,omitempty"` // what could not be found out, and why
}

// Link is how the conversation with central stands.
type Link struct {
	Connected   bool      `json:"connected"`
	LastContact time.Time `json:"last_contact,omitzero"`
	Failed      time.Time `json:"failed,omitzero"` // the last try to connect that failed
	Fault       string    `json:"fault,omitempty"` // why: a problem code
	HandedIn    int       `json:"handed_in"`       // records handed in past the broker since the start
}

// Journaled is how the journal stands.
type Journaled struct {
	Journal record.JournalID `json:"journal"`
	Seq     uint64           `json:"seq"`
	Hash    record.Hash      `json:"hash"`
	Oldest  uint64           `json:"oldest"`
	Acked   uint64           `json:"acked"`
	Queue   int              `json:"queue"`

	Verified int            `json:"verified"` // records whose hashes and signatures were computed again
	Faults   map[string]int `json:"faults"`   // how many were found with which fault
}

// maxFiles is how many files are named at most: the largest.
const maxFiles = 200

// File is the size of one file.
type File struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // bytes
}

// report finds everything out. What fails is under Wrong.
func (s *Sender) report(ctx context.Context) Report {
	r := Report{
		At: s.cfg.Now().UTC(), Org: s.cfg.Org, Kiosk: s.cfg.Kiosk, Go: runtime.Version(), Arch: runtime.GOARCH,
		Link: s.cfg.Machine.Link(), Counts: s.cfg.Machine.Counts(),
	}
	wrong := func(what string, err error) bool {
		if err != nil {
			r.Wrong = append(r.Wrong, what+": "+err.Error())
		}
		return err == nil
	}
	if h, err := s.cfg.Machine.Health(ctx); wrong("health", err) {
		r.Health = &h
	}
	if set, err := s.cfg.Machine.Settings(ctx); wrong("settings", err) {
		r.Settings = &set
	}
	if j, err := s.verify(ctx); wrong("journal", err) {
		r.Journal = &j
	}
	files, err := filesOf(s.cfg.Data)
	wrong("files", err)
	r.Files = files
	return r
}

// verifyRun is how many records are verified at once.
const verifyRun = 1000

// verify computes every hash of the records that are still held again, and checks
// their signatures.
func (s *Sender) verify(ctx context.Context) (Journaled, error) {
	head, err := s.cfg.Journal.Head(ctx)
	if err != nil {
		return Journaled{}, err
	}
	j := Journaled{
		Journal: head.Journal, Seq: head.Seq, Hash: head.Hash, Oldest: head.Oldest, Acked: head.Acked, Queue: head.Queue, Faults: map[string]int{},
	}
	chain := record.Chain{Org: s.cfg.Org, Kiosk: s.cfg.Kiosk, Journal: head.Journal}
	public := s.cfg.Key.Public().(ed25519.PublicKey)
	prev, seq := chain.Genesis(public), uint64(0)
	if head.Oldest > 1 { // what came before it is gone: it is believed by its signature
		first, err := s.cfg.Journal.After(ctx, head.Oldest-1, 1)
		if err != nil || len(first) == 0 {
			return j, errors.Join(err, fmt.Errorf("read record %d", head.Oldest))
		}
		if !record.Signed(public, first[0].Hash, first[0].Sig) {
			j.Faults[string(record.Unsigned)]++
		}
		prev, seq, j.Verified = first[0].Hash, first[0].Seq, 1
	}
	for seq < head.Seq {
		run, err := s.cfg.Journal.After(ctx, seq, verifyRun)
		if err != nil || len(run) == 0 {
			return j, errors.Join(err, fmt.Errorf("read the record behind %d", seq))
		}
		for i, fault := range record.Verify(chain, public, prev, run) {
			if run[i].Seq != seq+1 {
				j.Faults["missing"]++
			}
			if fault != record.Good {
				j.Faults[string(fault)]++
			}
			prev, seq = run[i].Hash, run[i].Seq
		}
		j.Verified += len(run)
	}
	return j, nil
}

// filesOf gives the files right in a folder, the largest first.
func filesOf(dir string) ([]File, error) {
	entries, err := os.ReadDir(dir)
	var out []File
	for _, e := range entries {
		info, ierr := e.Info()
		if errors.Is(ierr, fs.ErrNotExist) {
			continue // it was removed meanwhile
		}
		if ierr != nil {
			return out, fmt.Errorf("look at %s: %w", e.Name(), ierr)
		}
		if info.Mode().IsRegular() {
			out = append(out, File{e.Name(), info.Size()})
		}
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(b.Size, a.Size) })
	return out[:min(len(out), maxFiles)], err
}
