package enrol

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/config"
	"github.com/timepost/timepost/internal/problem"
)

// Provision is a provisioning file: what a machine without a keyboard needs to become
// a kiosk. It is TOML with one key:
//
//	enrol = "timepost://host:port/CODE?ca=SHA256"
//
// where the code is a kiosk's own or a fleet token.
type Provision struct {
	Path    string
	Sum     string // SHA-256 of the file, hex
	Request local.EnrolRequest
}

type provisionFile struct {
	Enrol string `toml:"enrol"`
}

// Validate says whether the address is one.
func (f *provisionFile) Validate() error {
	if f.Enrol == "" {
		return problem.New(problem.Invalid, "enrol is missing.", "Make the file anew with fleet provision.")
	}
	_, err := ParseURL(f.Enrol)
	return err
}

// FindProvision reads the first of the files that is there. It fails with
// problem.NotFound where none is, problem.Invalid where it says nothing of use; the
// Provision then names the file all the same.
func FindProvision(paths []string) (Provision, error) {
	for _, path := range paths {
		p, err := readProvision(path)
		if problem.Is(err, problem.NotFound) {
			continue
		}
		return p, err
	}
	return Provision{}, problem.New(problem.NotFound, "There is no provisioning file.", "")
}

func readProvision(path string) (Provision, error) {
	p := Provision{Path: path}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) {
		return p, problem.New(problem.NotFound, "There is no provisioning file.", "").Because(err)
	}
	if err != nil {
		return p, unread(err)
	}
	defer func() { _ = f.Close() }() // only read
	b, err := io.ReadAll(io.LimitReader(f, config.MaxFile+1))
	if err != nil {
		return p, unread(err)
	}
	sum := sha256.Sum256(b)
	p.Sum = hex.EncodeToString(sum[:])
	return p, p.parse(b)
}

func unread(err error) error {
	return problem.New(problem.Invalid, "The provisioning file can't be read.", "Copy it to the card again.").Because(err)
}

func (p *Provision) parse(b []byte) error {
	var f provisionFile
	if err := config.Parse(filepath.Base(p.Path), b, &f); err != nil {
		return err
	}
	p.Request = local.EnrolRequest{Server: f.Enrol}
	return nil
}

// For says whether the file is for the server that id is of.
func (p Provision) For(id *Identity) bool {
	a, err := ParseURL(p.Request.Server)
	return err == nil && a.CA == sha256.Sum256(id.CA.Raw)
}

// Wipe overwrites the file and removes it, on disk when it returns; that it is gone is
// no error. Flash may keep what was overwritten: a code is used up by then, a token
// ends by its count and its date.
func (p Provision) Wipe() error {
	f, err := os.OpenFile(p.Path, os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return notWiped(err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, min(info.Size(), config.MaxFile)))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return notWiped(err)
	}
	if err := os.Remove(p.Path); err != nil {
		return notWiped(err)
	}
	return syncDir(filepath.Dir(p.Path))
}

func notWiped(err error) error {
	return problem.New(problem.OutOfOrder, "The provisioning file can't be removed.", "Remove it from the card: it holds a secret.").
		Because(fmt.Errorf("wipe provisioning file: %w", err))
}
