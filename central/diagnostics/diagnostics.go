package diagnostics

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Most is how many archives of one kiosk are kept: the newest.
const Most = 5

// Type is the media type of an archive: a gzip-compressed tar.
const Type = "application/gzip"

// Store is the tables.
type Store interface {
	Update(ctx context.Context, f func(*centraldb.Tx) error) error
	Identities(ctx context.Context, kiosk string) ([]centraldb.Identity, error)
}

// Auditor writes a row of the audit log in the transaction of what it tells of.
type Auditor interface {
	Record(ctx context.Context, tx *centraldb.Tx, actor, action, subject string, detail any) error
}

// Config is what a Shelf stands on. All fields are needed.
type Config struct {
	Org   string
	Dir   string // made where it is missing
	Store Store
	Audit Auditor
	Now   func() time.Time
}

// Shelf keeps archives. It is safe for concurrent use.
type Shelf struct {
	cfg Config
	mu  sync.Mutex // one writer of the folder
}

// New gives a Shelf.
func New(cfg Config) *Shelf { return &Shelf{cfg: cfg} }

// Archive is one that is kept.
type Archive struct {
	ID   string    // names it among those of its kiosk
	At   time.Time // when it came in
	Size int64     // bytes
}

// FileName gives the name to save it under.
func (a Archive) FileName(kiosk string) string {
	return kiosk + "-" + a.At.UTC().Format("20060102T150405Z") + ".tar.gz"
}

// Admit says whether u is signed by the key that its kiosk has now; else
// problem.Untrusted.
func (s *Shelf) Admit(ctx context.Context, u wire.SignedUpload) error {
	ids, err := s.cfg.Store.Identities(ctx, u.Kiosk)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if u.Org == s.cfg.Org && id.Until == 0 && ed25519.PublicKey(id.RecordKey).Equal(ed25519.PublicKey(u.Key)) {
			return nil
		}
	}
	return problem.New(problem.Untrusted, "This server does not know this kiosk's key.", "Enrol the kiosk again.")
}

// Keep keeps the archive that u was signed for; the same once more changes nothing.
// It makes room among the kiosk's older ones. problem.Invalid for what is no archive.
func (s *Shelf) Keep(ctx context.Context, u wire.SignedUpload, body []byte) error {
	if err := s.Admit(ctx, u); err != nil {
		return err
	}
	if !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) || len(body) > wire.MaxUpload {
		return problem.New(problem.Invalid, "This is not an archive of diagnostics.", "Update the kiosk's software.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	have, err := s.List(u.Kiosk)
	if err != nil {
		return err
	}
	digest := u.SHA256.String()[:16]
	if slices.ContainsFunc(have, func(a Archive) bool { return strings.HasSuffix(a.ID, "-"+digest) }) {
		return nil
	}
	id := strconv.FormatInt(s.cfg.Now().UnixNano(), 10) + "-" + digest
	if err := s.write(u.Kiosk, id, body); err != nil {
		return err
	}
	for _, old := range have[min(len(have), Most-1):] {
		if err := os.Remove(s.path(u.Kiosk, old.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old diagnostics: %w", err)
		}
	}
	err = s.cfg.Store.Update(ctx, func(tx *centraldb.Tx) error {
		return s.cfg.Audit.Record(ctx, tx, "kiosk:"+u.Kiosk, "kiosk.diagnostics", u.Kiosk, map[string]any{"archive": id, "bytes": len(body)})
	})
	if err != nil { // what is handed in again would be there already, and nothing would tell of it
		return errors.Join(err, os.Remove(s.path(u.Kiosk, id)))
	}
	return nil
}

// write makes the file appear as a whole or not at all.
func (s *Shelf) write(kiosk, id string, body []byte) error {
	path := s.path(kiosk, id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep diagnostics: %w", err)
	}
	if err := os.WriteFile(path+".part", body, 0o600); err != nil {
		return fmt.Errorf("keep diagnostics: %w", err)
	}
	if err := os.Rename(path+".part", path); err != nil {
		return fmt.Errorf("keep diagnostics: %w", err)
	}
	return nil
}

// name is what an archive's id looks like: nothing else leads to a file.
var name = regexp.MustCompile(`^[1-9][0-9]{0,18}-[0-9a-f]{16}$`)

func (s *Shelf) path(kiosk, id string) string {
	return filepath.Join(s.cfg.Dir, kiosk, id+".tar.gz")
}

// List gives the archives of a kiosk, the newest first.
func (s *Shelf) List(kiosk string) ([]Archive, error) {
	if !attendance.ValidSegment(kiosk) {
		return nil, nil
	}
	entries, err := os.ReadDir(filepath.Join(s.cfg.Dir, kiosk))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list diagnostics: %w", err)
	}
	var out []Archive
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".tar.gz")
		if !ok || !name.MatchString(id) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it was removed meanwhile
		}
		stamp, _, _ := strings.Cut(id, "-")
		at, err := strconv.ParseInt(stamp, 10, 64)
		if err != nil {
			continue
		}
		out = append(out, Archive{ID: id, At: time.Unix(0, at).UTC(), Size: info.Size()})
	}
	slices.SortFunc(out, func(a, b Archive) int { return b.At.Compare(a.At) })
	return out, nil
}

// Open gives one archive to read, once the audit log says who does; problem.NotFound.
// The caller closes it.
func (s *Shelf) Open(ctx context.Context, actor, kiosk, id string) (Archive, io.ReadCloser, error) {
	all, err := s.List(kiosk)
	if err != nil {
		return Archive{}, nil, err
	}
	at := slices.IndexFunc(all, func(a Archive) bool { return a.ID == id })
	if at < 0 {
		return Archive{}, nil, missing()
	}
	file, err := os.Open(s.path(kiosk, id))
	if errors.Is(err, fs.ErrNotExist) {
		return Archive{}, nil, missing()
	}
	if err != nil {
		return Archive{}, nil, fmt.Errorf("open diagnostics: %w", err)
	}
	err = s.cfg.Store.Update(ctx, func(tx *centraldb.Tx) error {
		return s.cfg.Audit.Record(ctx, tx, actor, "kiosk.diagnostics.read", kiosk, map[string]any{"archive": id})
	})
	if err != nil {
		return Archive{}, nil, errors.Join(err, file.Close())
	}
	return all[at], file, nil
}

func missing() error {
	return problem.New(problem.NotFound, "There are no such diagnostics.", "The newest few of each kiosk are kept; look at the list again.")
}
