package diagnostics_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/device/diagnostics"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

const org, door = "acme", "door"

var now = time.Unix(1_800_000_000, 0).UTC()

func key() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

// machine tells what it is told to.
type machine struct{ broken error }

func (m machine) Health(context.Context) (wire.Health, error) {
	return wire.Health{Software: "kioskd 1", Queue: 3}, m.broken
}

func (m machine) Settings(context.Context) (wire.SettingsRow, error) {
	return wire.SettingsRow{KioskName: "Front Door", Zone: "Europe/Berlin"}, m.broken
}

func (machine) Link() diagnostics.Link { return diagnostics.Link{Fault: "forbidden", HandedIn: 4} }

func (machine) Counts() map[string]int { return map[string]int{"people": 12} }

// central keeps what comes in.
type central struct {
	header string
	body   []byte
	fails  error
}

func (c *central) HandIn(_ context.Context, kind wire.UploadKind, header string, body []byte) (wire.UploadReply, error) {
	if kind != wire.UploadDiagnostics {
		return wire.UploadReply{}, fmt.Errorf("handed in as %s", kind)
	}
	c.header, c.body = header, body
	return wire.UploadReply{}, c.fails
}

func openJournal(t *testing.T, dir string) *devicedb.Journal {
	t.Helper()
	j, err := devicedb.OpenJournal(t.Context(), filepath.Join(dir, "journal.db"), devicedb.Identity{Org: org, Kiosk: door, Key: key()}, devicedb.Options{
		Random: rand.Reader, Stamp: func() attendance.Stamp { return attendance.Stamp{BootID: "b00t", Zone: "UTC", Real: 1e18} },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

func config(t *testing.T) (diagnostics.Config, *central) {
	t.Helper()
	c, dir := &central{}, t.TempDir()
	return diagnostics.Config{
		Org: org, Kiosk: door, Key: key(), Data: dir, Central: c, Journal: openJournal(t, dir), Machine: machine{},
		Lines: diagnostics.NewLines(), Now: func() time.Time { return now },
	}, c
}

// unpack gives the files of an archive by name, and its report.
func unpack(t *testing.T, body []byte) (map[string]string, diagnostics.Report) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for a := tar.NewReader(z); ; {
		h, err := a.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(a)
		if err != nil {
			t.Fatal(err)
		}
		out[h.Name] = string(text)
	}
	var r diagnostics.Report
	if err := json.Unmarshal([]byte(out[diagnostics.ReportName]), &r); err != nil {
		t.Fatal(err)
	}
	return out, r
}

func TestAnArchiveTellsHowTheKioskDoes(t *testing.T) {
	t.Parallel()
	cfg, c := config(t)
	for range 5 {
		err := cfg.Journal.(*devicedb.Journal).Update(t.Context(), func(tx *devicedb.JournalTx) error {
			_, err := tx.Append(record.Body{Type: record.Punched, Person: "Ann", Action: attendance.In, Note: "secret note"})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slog.New(cfg.Lines.Handler(slog.DiscardHandler)).Info("ready", "kiosk", door)
	if err := diagnostics.New(cfg).Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	u, err := wire.OpenUpload(c.header)
	if err != nil || u.Org != org || u.Kiosk != door || u.Kind != wire.UploadDiagnostics || !u.Holds(c.body) {
		t.Errorf("%+v, %v", u, err)
	}
	files, r := unpack(t, c.body)
	if len(files) != 2 || !strings.Contains(files[diagnostics.LogName], `"msg":"ready","kiosk":"door"`) {
		t.Errorf("%v", files)
	}
	if strings.Contains(files[diagnostics.ReportName], "Ann") || strings.Contains(files[diagnostics.ReportName], "note") {
		t.Errorf("it tells of people:\n%s", files[diagnostics.ReportName])
	}
	head, err := cfg.Journal.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	switch j := r.Journal; {
	case j == nil || j.Hash != head.Hash || j.Seq != head.Seq || j.Queue != head.Queue:
		t.Errorf("journal: %+v, want %+v", j, head)
	case j.Verified != int(head.Seq) || len(j.Faults) != 0:
		t.Errorf("verified: %+v", j)
	}
	if r.Health.Queue != 3 || r.Settings.Zone != "Europe/Berlin" || r.Counts["people"] != 12 || r.Link.HandedIn != 4 || !r.At.Equal(now) || len(r.Wrong) != 0 {
		t.Errorf("%+v", r)
	}
	if len(r.Files) == 0 || r.Files[0].Size == 0 {
		t.Errorf("files: %+v", r.Files)
	}
}

// forged is a journal with one record that somebody has written into.
type forged struct{ diagnostics.Journal }

func (f forged) After(ctx context.Context, seq uint64, limit int) ([]record.Record, error) {
	run, err := f.Journal.After(ctx, seq, limit)
	for i := range run {
		if run[i].Seq == 2 {
			run[i].Body = bytes.ToUpper(run[i].Body)
		}
	}
	return run, err
}

func TestDamageIsTold(t *testing.T) {
	t.Parallel()
	cfg, _ := config(t)
	for range 3 {
		err := cfg.Journal.(*devicedb.Journal).Update(t.Context(), func(tx *devicedb.JournalTx) error {
			_, err := tx.Append(record.Body{Type: record.Punched, Person: "Ann", Action: attendance.In})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	cfg.Journal = forged{cfg.Journal}
	cfg.Machine = machine{broken: errors.New("no disk")}
	body, err := diagnostics.New(cfg).Archive(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, r := unpack(t, body)
	if r.Journal == nil || r.Journal.Faults["altered"] != 1 {
		t.Errorf("%+v", r.Journal)
	}
	if len(r.Wrong) != 2 || r.Wrong[0] != "health: no disk" || r.Health != nil {
		t.Errorf("%q", r.Wrong)
	}
}

func TestAnArchiveThatIsNotTakenIsAnError(t *testing.T) {
	t.Parallel()
	cfg, c := config(t)
	c.fails = errors.New("nobody answers")
	if err := diagnostics.New(cfg).Send(t.Context()); !errors.Is(err, c.fails) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := diagnostics.New(cfg).Archive(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Whatever is logged about a person is not remembered, however it is logged, and goes
// on to the log all the same.
func TestLinesKeepNothingOfPeople(t *testing.T) {
	t.Parallel()
	const canary = "Ann Canary 640193 04A2B1C9"
	var out bytes.Buffer
	l := diagnostics.NewLines()
	log := slog.New(l.Handler(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.Info("punch", "person", canary, "kiosk", door)
	log.With("person", canary).Warn("with", "err", errors.New("the disk is full"))
	log.WithGroup("of").Info("grouped", "name", canary)
	log.Info("group", slog.Group("of", "badge", canary, "seq", 3))
	log.Info("any", "who", struct{ Name string }{canary})
	log.Debug("quiet", "kiosk", canary)
	kept := string(l.Bytes())
	if strings.Contains(kept, "Canary") || strings.Contains(kept, "640193") || strings.Contains(kept, "quiet") {
		t.Errorf("remembered:\n%s", kept)
	}
	for _, want := range []string{`"kiosk":"door"`, "the disk is full", `"seq":3`, `"person":"[left out]"`, `"name":"[left out]"`} {
		if !strings.Contains(kept, want) {
			t.Errorf("%s is missing:\n%s", want, kept)
		}
	}
	if n := strings.Count(out.String(), canary); n != 6 {
		t.Errorf("the log itself has the canary %d times", n)
	}
}

func TestLinesAreBounded(t *testing.T) {
	t.Parallel()
	l := diagnostics.NewLines()
	log := slog.New(l.Handler(slog.DiscardHandler))
	for n := range 5000 {
		log.Info("line", "number", n, "err", strings.Repeat("x", 5000))
	}
	kept := l.Bytes()
	lines := strings.Split(strings.TrimSuffix(string(kept), "\n"), "\n")
	if len(kept) > 2<<20 || len(lines) != 1000 {
		t.Errorf("%d bytes, %d lines", len(kept), len(lines))
	}
	if !strings.Contains(lines[0], `"number":4000,`) || !strings.Contains(lines[999], `"number":4999,`) {
		t.Errorf("from %.120s to %.120s", lines[0], lines[999])
	}
}
