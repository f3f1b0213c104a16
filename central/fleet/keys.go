package fleet

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/sync/wire"
)

// CAFile is the name of the authority's certificate in the keys folder, PEM: what
// a browser or a command has to trust.
const CAFile = "ca.crt"

const (
	caKeyFile   = "ca.key"
	messageFile = "message.key"
	dataFile    = "data.key"
)

// Keys are the organisation's keys. Data is the data key, under which PINs lie:
// until Unlock it is the content of the data key's file itself, which only
// databases without a wrapped data key use. Wrapping is the key that opens it,
// Bare says after Unlock that there is no such separation yet.
type Keys struct {
	Org      string
	CA       *x509.Certificate
	CAKey    *ecdsa.PrivateKey
	Message  ed25519.PrivateKey
	Data     [32]byte
	Wrapping Wrapping
	Bare     bool
	Next     *x509.Certificate // the announced authority; nil: none is announced

	dir       string
	formers   []*x509.Certificate // the authorities before, the newest last
	wrappings []Wrapping
	keyset    wire.Keyset
}

// CreateKeys makes a new set of keys in dir; problem.Conflict where there are
// keys already. Where a wrapping key is given, dir gets none.
func CreateKeys(dir, org string, now time.Time, given ...Wrapping) (*Keys, error) {
	if !attendance.ValidSegment(org) {
		return nil, problem.New(problem.Invalid, "The organisation's id can't be used.", "Use a to z, 0 to 9 and -, at most 40.")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make keys folder: %w", err)
	}
	if err := unused(dir); err != nil {
		return nil, err
	}
	files, err := newKeyFiles(org, now)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.name == dataFile && len(given) > 0 {
			continue
		}
		if err := writeNew(dir, f.name, f.data); err != nil {
			return nil, err
		}
	}
	return OpenKeys(dir, given...)
}

type keyFile struct {
	name string
	data []byte
}

func unused(dir string) error {
	for _, name := range []string{caKeyFile, CAFile, messageFile, dataFile} {
		_, err := os.Lstat(filepath.Join(dir, name))
		if err == nil {
			return problem.New(problem.Conflict, "There are keys in "+dir+" already.",
				"Keep them: kiosks and PINs depend on them. Name another folder, or start the server with them.")
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("look for keys: %w", err)
		}
	}
	return nil
}

func newKeyFiles(org string, now time.Time) ([]keyFile, error) {
	ca, cert, err := newAuthority(org, now)
	if err != nil {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make message key: %w", err)
	}
	message, err := pemKey(key)
	if err != nil {
		return nil, err
	}
	wrapping, err := NewWrapping()
	if err != nil {
		return nil, err
	}
	return []keyFile{
		{dataFile, wrapping.Text()}, {messageFile, message}, {caKeyFile, ca},
		{CAFile, cert}, // last: with it the set is whole
	}, nil
}

// writeNew writes one file so that after a crash it is there whole or not at all.
func writeNew(dir, name string, data []byte) (err error) {
	f, err := os.CreateTemp(dir, "."+name+".*") // 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(os.Remove(f.Name())))
		}
	}()
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return syncDir(dir)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func syncDir(dir string) (err error) {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync keys folder: %w", err)
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("sync keys folder: %w", err)
	}
	return nil
}

// OpenKeys reads the keys in dir. Given wrapping keys may take the place of the
// folder's own. Errors: problem.NotFound where there are none, problem.Damaged
// where they are not what CreateKeys wrote, problem.Forbidden where others may
// read them. Before PINs are touched the database's data key goes to Unlock.
func OpenKeys(dir string, given ...Wrapping) (*Keys, error) {
	k := &Keys{dir: dir}
	if err := k.readCA(dir); err != nil {
		return nil, err
	}
	message, err := readKey(dir, messageFile)
	if err != nil {
		return nil, err
	}
	var ok bool
	if k.Message, ok = message.(ed25519.PrivateKey); !ok {
		return nil, damagedKey(messageFile, errors.New("not an Ed25519 key"))
	}
	if err := k.readWrappings(given); err != nil {
		return nil, err
	}
	return k, k.readSuccession()
}

func (k *Keys) readCA(dir string) error {
	key, err := readKey(dir, caKeyFile)
	if err != nil {
		return err
	}
	var ok bool
	if k.CAKey, ok = key.(*ecdsa.PrivateKey); !ok {
		return damagedKey(caKeyFile, errors.New("not an ECDSA key"))
	}
	text, err := os.ReadFile(filepath.Join(dir, CAFile))
	if err != nil {
		return missingKey(dir, CAFile, err)
	}
	certs, err := parseCerts(CAFile, text)
	if err != nil {
		return err
	}
	if k.CA, err = endSuccession(dir, k.CAKey, certs[0]); err != nil {
		return err
	}
	if len(k.CA.Subject.Organization) != 1 {
		return damagedKey(CAFile, errors.New("it names no organisation"))
	}
	k.Org = k.CA.Subject.Organization[0]
	return nil
}

func readKey(dir, name string) (any, error) {
	text, err := readSecret(dir, name)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, damagedKey(name, errors.New("not PEM"))
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, damagedKey(name, err)
	}
	return key, nil
}

// readSecret refuses a file that others may read: it is no secret any more.
func readSecret(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	info, err := os.Stat(path)
	if err != nil {
		return nil, missingKey(dir, name, err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, problem.New(problem.Forbidden, "Others may read "+path+".", "Run: chmod 600 "+path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, missingKey(dir, name, err)
	}
	return text, nil
}

func missingKey(dir, name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return problem.New(problem.NotFound, "There are no keys in "+dir+".", "Set the server up with central init, or name the right folder with --keys.").
			Because(err)
	}
	return fmt.Errorf("read %s: %w", name, err)
}

func damagedKey(name string, err error) error {
	return problem.New(problem.Damaged, "The key file "+name+" can't be used.", "Bring it back from your backup.").
		Because(fmt.Errorf("read %s: %w", name, err))
}

func trimLine(b []byte) []byte {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r') {
		b = b[:len(b)-1]
	}
	return b
}

// Keyset gives what kiosks believe central's messages by, signed by the authority.
func (k *Keys) Keyset() wire.Keyset { return k.keyset }

// Check gives what a database holds to be recognised by: an HMAC of the
// organisation under the data key. It differs where the keys are another set's.
func (k *Keys) Check() (string, error) {
	key, err := hkdf.Key(sha256.New, k.Data[:], nil, "timepost/key-check/v1", 32)
	if err != nil {
		return "", fmt.Errorf("derive check key: %w", err)
	}
	m := hmac.New(sha256.New, key)
	m.Write([]byte(k.Org))
	return hex.EncodeToString(m.Sum(nil)), nil
}
