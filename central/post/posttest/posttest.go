package posttest

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	_ "embed"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

//go:embed server.py
var script string

// Options say how the server is, and how it misbehaves.
type Options struct {
	Mode         string  `json:"mode"` // none, starttls or tls; "" is none
	Port         int     `json:"port,omitempty"`
	User         string  `json:"user,omitempty"` // with it everybody has to log in
	Password     string  `json:"password,omitempty"`
	Refuse       string  `json:"refuse,omitempty"`        // 550 to recipients that contain it
	RefuseSender string  `json:"refuse_sender,omitempty"` // 550 to senders that contain it
	Greylist     int     `json:"greylist,omitempty"`      // so many times 451 first
	SlowSeconds  float64 `json:"slow_seconds,omitempty"`  // before it takes a mail over
	DieOnData    bool    `json:"die_on_data,omitempty"`   // the process ends in the middle of a mail
	Cert         string  `json:"cert,omitempty"`
	Key          string  `json:"key,omitempty"`
}

// Mail is one mail that the server has taken over.
type Mail struct {
	From  string   `json:"from"`
	To    []string `json:"to"`
	Data  string   `json:"data"`
	TLS   bool     `json:"tls"`
	Login string   `json:"login"`
}

// Server is a running SMTP server on 127.0.0.1.
type Server struct {
	Port  int
	Roots *x509.CertPool // of its certificate, which is for 127.0.0.1; nil without TLS
	Cert  string         // the certificate's file; empty without TLS

	t     testing.TB
	mails chan Mail
	stop  func()
}

// Start starts a server that ends with the test.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{t: t, mails: make(chan Mail, 1000)}
	if o.Mode == "" {
		o.Mode = "none"
	}
	if o.Mode != "none" {
		o.Cert, o.Key = s.certificate(t.TempDir())
		s.Cert = o.Cert
	}
	config, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(context.WithoutCancel(t.Context()), "/usr/bin/python3", "-u", "-c", script, string(config))
	c.Stderr = t.Output()
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("start an SMTP server: %v; install python3-aiosmtpd", err)
	}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	var first struct {
		Port int `json:"port"`
	}
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &first) != nil || first.Port == 0 {
		_ = c.Wait()
		t.Fatalf("the SMTP server does not start; install python3-aiosmtpd: %q", lines.Text())
	}
	s.Port = first.Port
	s.watch(c, in, lines)
	return s
}

// watch reads the mails until the process ends.
func (s *Server) watch(c *exec.Cmd, in io.Closer, lines *bufio.Scanner) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer close(s.mails)
		for lines.Scan() {
			var m Mail
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				s.t.Errorf("the SMTP server said %q: %v", lines.Text(), err)
				continue
			}
			s.mails <- m
		}
		_ = c.Wait() // it may have been told to die
	}()
	s.stop = func() {
		_ = in.Close() // ends the process, which may have ended itself
		<-ended
	}
	s.t.Cleanup(s.stop)
}

// Stop ends the server before the test does.
func (s *Server) Stop() { s.stop() }

// Mail waits for the next mail.
func (s *Server) Mail() Mail {
	s.t.Helper()
	select {
	case m, ok := <-s.mails:
		if !ok {
			s.t.Fatal("the SMTP server has ended")
		}
		return m
	case <-time.After(20 * time.Second):
		s.t.Fatal("no mail came")
	}
	return Mail{}
}

// None fails the test where a mail has come that nobody has read.
func (s *Server) None() {
	s.t.Helper()
	select {
	case m := <-s.mails:
		if m.From != "" {
			s.t.Errorf("a mail too many: %+v", m)
		}
	default:
	}
}

// certificate makes an authority-less certificate for 127.0.0.1.
func (s *Server) certificate(dir string) (cert, key string) {
	s.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	form := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), BasicConstraintsValid: true, IsCA: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, &form, &form, &private.PublicKey, private)
	if err != nil {
		s.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	s.Roots.AddCert(parsed)
	return cert, key
}
