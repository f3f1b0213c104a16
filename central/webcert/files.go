package webcert

import (
	"crypto/tls"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/timepost/timepost/internal/problem"
)

// lookAgain is how often files are looked at, while somebody connects: who renews
// them has to tell nobody.
const lookAgain = 10 * time.Second

// Files is a certificate that others keep in files. It may be used by many goroutines.
type Files struct {
	cert, key string
	now       func() time.Time
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	looked  time.Time
	changed [2]time.Time // of the files, as they were read last
}

// OpenFiles reads a certificate chain and its key, both PEM.
func OpenFiles(cert, key string, now func() time.Time, log *slog.Logger) (*Files, error) {
	f := &Files{cert: cert, key: key, now: now, log: log, looked: now()}
	if err := f.read(); err != nil {
		return nil, problem.New(problem.Invalid, "The certificate of the web pages can't be used.",
			"Give a PEM file with the chain to --web-cert, and its key to --web-key.").Because(err)
	}
	return f, nil
}

func (f *Files) read() error {
	changed, err := f.times()
	if err != nil {
		return err
	}
	c, err := tls.LoadX509KeyPair(f.cert, f.key)
	if err != nil {
		return err
	}
	f.current, f.changed = &c, changed
	return nil
}

func (f *Files) times() (out [2]time.Time, err error) {
	for i, name := range []string{f.cert, f.key} {
		s, err := os.Stat(name)
		if err != nil {
			return out, err
		}
		out[i] = s.ModTime()
	}
	return out, nil
}

// Certificate gives the certificate as it is in the files; one that can't be read, as in
// the middle of a renewal, leaves the one before in use.
func (f *Files) Certificate() *tls.Certificate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); now.Sub(f.looked) >= lookAgain || now.Before(f.looked) {
		f.looked = now
		changed, err := f.times()
		if err == nil && changed != f.changed {
			if err = f.read(); err == nil {
				f.log.Info("web certificate read anew", "until", f.current.Leaf.NotAfter)
			}
		}
		if err != nil {
			f.log.Warn("web certificate unreadable, the one before stays in use", "err", err)
		}
	}
	return f.current
}
