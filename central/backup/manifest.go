package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// Format is what this program writes, and the newest it reads.
const Format = 1

// The files of a backup.
const (
	ManifestName = "manifest.json" // the first
	DatabaseName = "central.db"
	KeysName     = "keys.tar.age" // only with a passphrase
)

const (
	maxManifest = 1 << 20 // bytes
	maxFiles    = 100
)

// Manifest says what a backup is, and what it needs.
type Manifest struct {
	Format    int       `json:"format"`
	Org       string    `json:"org"`
	Name      string    `json:"name"`
	Gen       uint64    `json:"gen"`  // the generation at the time
	Made      time.Time `json:"made"` // what was committed before is in it
	Software  string    `json:"software"`
	Key       string    `json:"wrapping_key,omitempty"` // id of the wrapping key that opens the PINs
	Authority string    `json:"authority"`              // SHA-256 of the authority's certificate, hex
	Contents  Contents  `json:"contents"`
	AuditHead string    `json:"audit_head"` // the audit log's rows and hash, as central audit verify has it
	Files     []File    `json:"files"`
}

// Contents counts what is in the database.
type Contents struct {
	People  int `json:"people"`
	Kiosks  int `json:"kiosks"`
	Records int `json:"records"`
	Punches int `json:"punches"`
}

// File is one file of a backup.
type File struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`   // bytes
	SHA256 string `json:"sha256"` // hex
}

// Has says whether a file is in the backup.
func (m Manifest) Has(name string) bool {
	for _, f := range m.Files {
		if f.Name == name {
			return true
		}
	}
	return false
}

// Size gives the bytes of all files.
func (m Manifest) Size() int64 {
	var n int64
	for _, f := range m.Files {
		n += f.Size
	}
	return n
}

// ParseManifest reads and checks a manifest. Errors: problem.Damaged, and
// problem.Invalid for the format of a later program.
func ParseManifest(text []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return m, damaged(fmt.Errorf("read manifest: %w", err))
	}
	if m.Format > Format {
		return m, problem.New(problem.Invalid, "This backup was made by a newer version of Timepost.", "Install that version.")
	}
	if m.Format < 1 || m.Org == "" || m.Made.IsZero() || len(m.Files) > maxFiles || !m.Has(DatabaseName) {
		return m, damaged(errors.New("read manifest: it is not one of a backup"))
	}
	seen := map[string]bool{}
	for _, f := range m.Files {
		if f.Name == ManifestName || f.Name != path.Base(f.Name) || f.Name == "." || f.Name == ".." || f.Size < 0 || len(f.SHA256) != 64 || seen[f.Name] {
			return m, damaged(fmt.Errorf("read manifest: %q can't be a file of a backup", f.Name))
		}
		seen[f.Name] = true
	}
	return m, nil
}

func damaged(err error) error {
	return problem.New(problem.Damaged, "This backup is damaged, or is none.", "Take another one.").Because(err)
}
