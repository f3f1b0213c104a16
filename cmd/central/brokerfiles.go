package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type brokerCmd struct {
	Files brokerFilesCmd `cmd:"" help:"Make the files an outside broker needs: its certificate, the authority, the revoked ones."`
}

type brokerFilesCmd struct {
	place
	Host []string `required:"" placeholder:"NAME" help:"Names and addresses that kiosks and this server reach the broker by."`
	Out  string   `required:"" type:"path" placeholder:"DIR" help:"Folder for the files; it is made where it is missing."`
}

// Names of the files; packaging/mosquitto/timepost.conf has them, too.
const (
	fileCA   = "ca.pem"
	fileCRL  = "crl.pem"
	fileCert = "cert.pem"
	fileKey  = "key.pem"
)

// Help is shown by central broker files --help.
func (brokerFilesCmd) Help() string {
	return `Writes into DIR
  ca.pem    the authority that every client's certificate has to be of
  crl.pem   the certificates of kiosks that were revoked or replaced
  cert.pem  the broker's own certificate, and key.pem its key; kept while more than a third of its 90 days is left

It may run beside the server, and every day: what is still good stays as it is. The broker has to read the files again
afterwards. Who is in DIR's group may read the key.

  central broker files --data /var/lib/timepost --host broker.acme.example --out /etc/mosquitto/timepost
  central serve --data /var/lib/timepost --broker tls://broker.acme.example:8883 --broker-crl /etc/mosquitto/timepost/crl.pem`
}

// Run writes them.
func (c *brokerFilesCmd) Run(ctx context.Context, con *console) (err error) {
	keys, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := os.MkdirAll(c.Out, 0o750); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	now := time.Now()
	revoked, err := db.RevokedCertificates(ctx, now.UnixNano())
	if err != nil {
		return err
	}
	before, err := readAny(filepath.Join(c.Out, fileCRL))
	if err != nil {
		return err
	}
	list, err := keys.RevocationList(before, revoked, now)
	if err != nil {
		return err
	}
	var authorities []byte
	for _, ca := range keys.Roots() {
		authorities = append(authorities, pemCert(ca.Raw)...)
	}
	until, made, err := c.certificate(keys, now)
	if err != nil {
		return err
	}
	err = errors.Join(c.put(fileCA, authorities, 0o644), c.put(fileCRL, list, 0o644))
	if err != nil {
		return err
	}
	word := "kept"
	if made {
		word = "new"
	}
	kiosks := slices.DeleteFunc(revoked, func(r centraldb.RevokedCertificate) bool { return r.Status == "" })
	return con.say("The broker's files are in %s.\n\n  Certificate  %s, until %s\n  Revoked      %d\n\nThe broker has to read them again: for mosquitto, systemctl reload mosquitto",
		c.Out, word, until.Format(time.DateOnly), len(kiosks))
}

// certificate makes the broker's own one, unless what is there is good for a while.
func (c *brokerFilesCmd) certificate(keys *fleet.Keys, now time.Time) (until time.Time, made bool, err error) {
	if until, ok := c.good(keys, now); ok {
		return until, false, nil
	}
	cert, err := keys.IssueServer(c.Host, now)
	if err != nil {
		return until, false, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		return until, false, fmt.Errorf("encode key: %w", err)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	// The key first: a broker that starts in between refuses the pair, and is started again.
	err = errors.Join(c.put(fileKey, key, 0o640), c.put(fileCert, pemCert(cert.Certificate[0]), 0o644))
	return cert.Leaf.NotAfter, true, err
}

// good says whether there is a pair of the authority in force, for these names, with more
// than a third of its life left.
func (c *brokerFilesCmd) good(keys *fleet.Keys, now time.Time) (until time.Time, ok bool) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(c.Out, fileCert), filepath.Join(c.Out, fileKey))
	if err != nil || pair.Leaf.CheckSignatureFrom(keys.CA) != nil {
		return until, false
	}
	leaf := pair.Leaf
	for _, host := range c.Host {
		if leaf.VerifyHostname(host) != nil {
			return until, false
		}
	}
	return leaf.NotAfter, now.After(leaf.NotBefore) && leaf.NotAfter.Sub(now) > leaf.NotAfter.Sub(leaf.NotBefore)/3
}

func (c *brokerFilesCmd) put(name string, data []byte, mode os.FileMode) error {
	path := filepath.Join(c.Out, name)
	if old, err := readAny(path); err == nil && string(old) == string(data) {
		return nil
	}
	if err := replaceFile(path, data, mode); err != nil {
		return problem.New(problem.Forbidden, "The file "+path+" can't be written.", "See who owns the folder.").Because(err)
	}
	return nil
}

// readAny reads a file; nil where there is none.
func readAny(path string) ([]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return text, nil
}

func pemCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
