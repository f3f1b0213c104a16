package main

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/central/webcert"
	"github.com/timepost/timepost/internal/problem"
)

// checkWebCert refuses what does not go together.
func (c *serveCmd) checkWebCert() error {
	if (c.WebCert == "") != (c.WebKey == "") {
		return problem.New(problem.Invalid, "A certificate and its key go together.", "Give both --web-cert and --web-key, or neither.")
	}
	if len(c.ACME) == 0 {
		if c.ACMEEmail != "" || c.ACMEDirectory != "" || c.ACMECA != "" {
			return problem.New(problem.Invalid, "There is nothing to fetch a certificate for.", "Name this server as browsers do: --acme time.example.com")
		}
		return nil
	}
	if c.WebCert != "" {
		return problem.New(problem.Invalid, "The web pages have one certificate.", "Give --web-cert, or let --acme fetch one.")
	}
	for i, name := range c.ACME {
		name = strings.ToLower(strings.TrimSpace(name))
		if !strings.Contains(name, ".") || strings.ContainsAny(name, ":/ *") || net.ParseIP(name) != nil {
			return problem.New(problem.Invalid, "“"+name+"” is no name that an authority would sign.", "Write it as in the DNS: --acme time.example.com")
		}
		c.ACME[i] = name
	}
	return nil
}

// webTLS gives what the web listener shows; own is the fleet's authority's.
func (s *server) webTLS(own *tls.Config) (*tls.Config, error) {
	switch {
	case s.cmd.WebCert != "":
		files, err := webcert.OpenFiles(s.cmd.WebCert, s.cmd.WebKey, time.Now, s.log)
		if err != nil {
			return nil, err
		}
		return webcert.WithFiles(own, files), nil
	case len(s.cmd.ACME) > 0:
		roots, err := s.cmd.acmeRoots()
		if err != nil {
			return nil, err
		}
		s.acme = webcert.NewACME(webcert.ACMEConfig{
			Hosts: s.cmd.ACME, Email: s.cmd.ACMEEmail, Directory: s.cmd.ACMEDirectory, Roots: roots,
			Cache: filepath.Join(s.cmd.Data, "acme"), Logger: s.log,
		})
		return webcert.WithACME(own, s.acme), nil
	}
	return own.Clone(), nil
}

// acmeRoots gives whom the authority's own address is believed under; nil: the system's.
func (c *serveCmd) acmeRoots() (*x509.CertPool, error) {
	if c.ACMECA == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.ACMECA)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(text) {
		return nil, problem.New(problem.Invalid, "The file of --acme-ca holds no certificate.", "It must be PEM.").Because(err)
	}
	return pool, nil
}
