package backup

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"

	"filippo.io/age"

	"github.com/timepost/timepost/internal/problem"
)

// MinPassphrase is the fewest bytes of a passphrase: with the keys a backup shows
// every PIN to whoever guesses it.
const MinPassphrase = 12

const (
	maxKeys = 1 << 20 // bytes of all keys
	// workFactor is the logarithm of scrypt's cost: about a second of a guess.
	workFactor = 18
)

// CheckPassphrase refuses one that is too short: problem.Invalid.
func CheckPassphrase(p string) error {
	if len(p) < MinPassphrase {
		return problem.New(problem.Invalid, fmt.Sprintf("The passphrase has fewer than %d characters.", MinPassphrase),
			"Take a sentence. Whoever guesses it, and has the backup, reads every PIN.")
	}
	return nil
}

// SealKeys gives files of keys as one age file under a passphrase: age -d opens it, too.
func SealKeys(files []Source, passphrase string) ([]byte, error) {
	return sealKeys(files, passphrase, workFactor)
}

func sealKeys(files []Source, passphrase string, cost int) ([]byte, error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return nil, err
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	to.SetWorkFactor(cost)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, to)
	if err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	if err := errors.Join(packKeys(w, files), w.Close()); err != nil {
		return nil, fmt.Errorf("seal keys: %w", err)
	}
	return sealed.Bytes(), nil
}

func packKeys(w io.Writer, files []Source) error {
	t := tar.NewWriter(w)
	for _, s := range files {
		if err := put(t, t, Manifest{}, s); err != nil {
			return err
		}
	}
	return t.Close()
}

// OpenKeys writes the keys that SealKeys has sealed into an empty folder. Errors:
// problem.Unauthenticated for another passphrase, problem.Damaged.
func OpenKeys(sealed []byte, passphrase, dir string) error {
	from, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return problem.New(problem.Unauthenticated, "The passphrase is empty.", "Give the one that the backup was made with.").Because(err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), from)
	var other *age.NoIdentityMatchError
	if errors.As(err, &other) {
		return problem.New(problem.Unauthenticated, "The passphrase is another one.", "Give the one that the backup was made with.").Because(err)
	}
	if err != nil {
		return damaged(err)
	}
	text, err := io.ReadAll(io.LimitReader(r, maxKeys))
	if err != nil {
		return damaged(err)
	}
	if err := unpackKeys(tar.NewReader(bytes.NewReader(text)), dir); err != nil {
		return err
	}
	return syncDir(dir)
}

func unpackKeys(t *tar.Reader, dir string) error {
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return damaged(err)
		}
		if h.Typeflag != tar.TypeReg || h.Name != path.Base(h.Name) || slices.Contains([]string{".", "..", "/"}, h.Name) {
			return damaged(fmt.Errorf("%q can't be a key", h.Name))
		}
		if err := writeKey(t, filepath.Join(dir, h.Name)); err != nil {
			return err
		}
	}
}

func writeKey(r io.Reader, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	_, err = io.Copy(f, r)
	if err = errors.Join(err, (flushed{f}).Close()); err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return nil
}
