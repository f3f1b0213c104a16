package diagnostics

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// The names in an archive.
const (
	ReportName = "report.json"
	LogName    = "log.jsonl"
)

// Central takes an archive with the header that says whose it is.
type Central interface {
	HandIn(ctx context.Context, kind wire.UploadKind, header string, body []byte) (wire.UploadReply, error)
}

// Journal is the kiosk's own log: see devicedb.Journal.
type Journal interface {
	Head(ctx context.Context) (devicedb.Head, error)
	After(ctx context.Context, seq uint64, limit int) ([]record.Record, error)
}

// Machine tells of this kiosk. Counts are of what is kept for people, by what it is:
// never who.
type Machine interface {
	Health(ctx context.Context) (wire.Health, error)
	Settings(ctx context.Context) (wire.SettingsRow, error)
	Link() Link
	Counts() map[string]int
}

// Config is what a Sender stands on. All fields are needed.
type Config struct {
	Org, Kiosk string
	Key        ed25519.PrivateKey // the record key
	Data       string             // the data folder: the sizes of its files are told
	Central    Central
	Journal    Journal
	Machine    Machine
	Lines      *Lines
	Now        func() time.Time
}

// Sender makes archives and hands them in. It is safe for concurrent use.
type Sender struct{ cfg Config }

// New gives a Sender.
func New(cfg Config) *Sender { return &Sender{cfg: cfg} }

// Archive makes one, of wire.MaxUpload bytes at most. What can't be found out is
// said in it; it fails only where ctx ends.
func (s *Sender) Archive(ctx context.Context) ([]byte, error) {
	r := s.report(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode report: %w", err)
	}
	out, err := pack(r.At, []entry{{ReportName, append(text, '\n')}, {LogName, s.cfg.Lines.Bytes()}})
	if err != nil {
		return nil, fmt.Errorf("pack diagnostics: %w", err)
	}
	if len(out) > wire.MaxUpload {
		return nil, problem.New(problem.Internal, "The diagnostics are too large.", "").With("bytes", len(out))
	}
	return out, nil
}

// Send makes an archive and hands it in at central. It fails with problem.Unavailable
// where central does not answer, and problem.Untrusted where it has another key for
// this kiosk.
func (s *Sender) Send(ctx context.Context) error {
	body, err := s.Archive(ctx)
	if err != nil {
		return err
	}
	header, err := wire.SignUpload(s.cfg.Key, s.cfg.Org, s.cfg.Kiosk, wire.UploadDiagnostics, body, s.cfg.Now())
	if err != nil {
		return err
	}
	_, err = s.cfg.Central.HandIn(ctx, wire.UploadDiagnostics, header, body)
	return err
}

// entry is one file of an archive.
type entry struct {
	name string
	body []byte
}

func pack(at time.Time, entries []entry) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	for _, e := range entries {
		h := &tar.Header{Name: e.name, Mode: 0o600, Size: int64(len(e.body)), ModTime: at, Format: tar.FormatPAX}
		err := t.WriteHeader(h)
		if err == nil {
			_, err = t.Write(e.body)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
