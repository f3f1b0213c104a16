package webcert

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"

	"github.com/timepost/timepost/internal/problem"
)

// ACMEConfig says where certificates come from.
type ACMEConfig struct {
	Hosts     []string // the names it may ask for; not empty
	Email     string   // where the authority writes to
	Directory string   // URL; empty: Let's Encrypt
	Cache     string   // folder of the keys and certificates it has got
	Roots     *x509.CertPool
	Logger    *slog.Logger
}

// ACME is certificates of an authority that speaks ACME, which asks for its proof on the
// web listener itself (tls-alpn-01, RFC 8737): port 443 of each name has to lead there.
type ACME struct {
	cfg     ACMEConfig
	manager *autocert.Manager

	mu    sync.Mutex
	there map[string]bool // the names there is a certificate for
}

// NewACME gives an ACME; Run fetches the first certificates.
func NewACME(cfg ACMEConfig) *ACME {
	client := &acme.Client{DirectoryURL: cfg.Directory, UserAgent: "timepost"}
	if cfg.Roots != nil {
		client.HTTPClient = &http.Client{
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: cfg.Roots, MinVersion: tls.VersionTLS12}}, Timeout: time.Minute,
		}
	}
	return &ACME{cfg: cfg, there: map[string]bool{}, manager: &autocert.Manager{
		Prompt: autocert.AcceptTOS, Cache: autocert.DirCache(cfg.Cache), HostPolicy: autocert.HostWhitelist(cfg.Hosts...), Email: cfg.Email, Client: client,
	}}
}

// Run fetches a certificate for each name, and tries again, after longer and longer waits,
// where that fails. The manager renews them by itself, 30 days before their end.
func (a *ACME) Run(ctx context.Context) error {
	var fetching sync.WaitGroup
	for _, host := range a.cfg.Hosts {
		fetching.Go(func() { a.fetch(ctx, host) })
	}
	<-ctx.Done()
	fetching.Wait()
	return nil
}

// Let's Encrypt takes five failures of a name in an hour, no more
// (letsencrypt.org/docs/rate-limits).
const (
	firstWait = 15 * time.Minute
	lastWait  = 6 * time.Hour
)

func (a *ACME) fetch(ctx context.Context, host string) {
	for wait := firstWait; ctx.Err() == nil; wait = min(2*wait, lastWait) {
		cert, err := a.certificate(ask(host))
		if err == nil {
			a.mu.Lock()
			a.there[host] = true
			a.mu.Unlock()
			a.cfg.Logger.Info("web certificate there", "host", host, "until", cert.Leaf.NotAfter)
			return
		}
		a.cfg.Logger.Error("no web certificate", "host", host, "again_in", wait, "err", err)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// has says whether there is a certificate for this name: who connects meanwhile does not
// wait for it, and asks the authority nothing.
func (a *ACME) has(host string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.there[host]
}

// ask is the greeting of a browser of today.
func ask(host string) *tls.ClientHelloInfo {
	return &tls.ClientHelloInfo{
		ServerName: host, SupportedVersions: []uint16{tls.VersionTLS13}, CipherSuites: []uint16{tls.TLS_AES_128_GCM_SHA256},
		SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256},
	}
}

// certificate gives the certificate for a greeting; the first time for a name it takes as
// long as fetching it does.
func (a *ACME) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	cert, err := a.manager.GetCertificate(hello)
	if err != nil {
		return nil, problem.New(problem.Unavailable, "There is no certificate for the web pages yet.",
			"The authority must reach port 443 of this name, and that must lead to --web.").Because(err)
	}
	return cert, nil
}
