package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/device/enrol"
	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/devicedb"
	"github.com/timepost/timepost/sync/record"
)

// recoveries is how often the daemon is killed and started.
const recoveries = 7

// benchRecover kills kioskd while it holds a long backlog, and measures how long
// its next start takes until it serves; a punch can't be made before.
func benchRecover(ctx context.Context) (s section, err error) {
	s = section{
		Title: "A kiosk killed with 100,000 records to send",
		Note: fmt.Sprintf("kioskd, the real program, is killed (SIGKILL) and started, %d times, on the journal of a month without network: from exec until it tells the service manager that it is ready, "+
			"with everything that it does before: a PIN comparison measured, the database opened, the chain of what central has not acknowledged verified. The baseline verifies the same chain bare, "+
			"in turns with the starts: one SELECT over a copy of the file, the hash of each record, a signature every 1,000. Medians; the aim is under 2 s.", recoveries),
	}
	dir, err := os.MkdirTemp("", "recover")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	id, err := enrolForBench(ctx, dir)
	if err != nil {
		return s, err
	}
	data := filepath.Join(dir, "kiosk")
	journal, _, err := fillJournal(ctx, data, devicedb.Identity{Org: id.Org, Kiosk: id.Kiosk, Key: id.RecordKey})
	if err != nil {
		return s, err
	}
	if err := journal.Close(); err != nil {
		return s, err
	}
	var took, bare []time.Duration
	for i := range recoveries + 1 {
		d, err := killedAndReady(ctx, dir)
		if err != nil {
			return s, err
		}
		b, n, err := verifyBare(ctx, dir, id)
		if err != nil {
			return s, err
		}
		if n < backlog {
			return s, fmt.Errorf("the chain has %d records", n)
		}
		if i > 0 { // the first start finds a new boot, and the files not in memory
			took, bare = append(took, d), append(bare, b)
		}
	}
	s.Rows = []row{
		atMost("start to ready", percentile(took, 0.5), percentile(bare, 0.5), 3, "s"),
		figure("the same, the slowest", percentile(took, 1), percentile(bare, 1), "s"),
	}
	return s, nil
}

// enrolForBench makes a kiosk of dir/kiosk, with programs built into dir. Central
// has ended when it returns: nothing of the backlog can be sent.
func enrolForBench(ctx context.Context, dir string) (*enrol.Identity, error) {
	build := exec.CommandContext(ctx, "go", "build", "-o", dir, "./cmd/central", "./cmd/kioskd")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build: %w: %s", err, out)
	}
	home, data := filepath.Join(dir, "home"), filepath.Join(dir, "kiosk")
	if err := foundEmpty(ctx, dir, home); err != nil {
		return nil, err
	}
	c, err := startCentral(ctx, filepath.Join(dir, "central"), home, "")
	if err != nil {
		return nil, err
	}
	defer c.stop()
	ca := filepath.Join(home, "keys", "ca.crt")
	api, err := client.New(client.Config{Server: c.web, CAFile: ca})
	if err != nil {
		return nil, err
	}
	token, err := api.Login(ctx, pageOwner, pagePassword, "bench")
	if err != nil {
		return nil, err
	}
	if api, err = client.New(client.Config{Server: c.web, CAFile: ca, Token: token.Token}); err != nil {
		return nil, err
	}
	k, err := api.CreateKiosk(ctx, client.NewKiosk{Name: "Bench"})
	if err != nil {
		return nil, err
	}
	code, err := api.EnrolmentCode(ctx, k.ID)
	if err != nil {
		return nil, err
	}
	if out, err := exec.CommandContext(ctx, filepath.Join(dir, "kioskd"), "enrol", code.URL, "--data", data, "--ca", ca).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("enrol: %w: %s", err, out)
	}
	return enrol.Load(data)
}

// killedAndReady starts kioskd, waits until it is ready, kills it, and gives how
// long it took.
func killedAndReady(ctx context.Context, dir string) (took time.Duration, err error) {
	told := filepath.Join(dir, "notify")
	heard, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: told, Net: "unixgram"})
	if err != nil {
		return 0, fmt.Errorf("listen like a service manager: %w", err)
	}
	defer func() { err = errors.Join(err, heard.Close(), os.Remove(told)) }()
	if err := heard.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		return 0, err
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "kioskd"), "run", "--data", filepath.Join(dir, "kiosk"), "--socket", filepath.Join(dir, "s"))
	cmd.Env, cmd.Stderr = append(os.Environ(), "NOTIFY_SOCKET="+told), &log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start kioskd: %w", err)
	}
	said := make([]byte, 1000)
	for !strings.Contains(string(said), "READY=1") {
		clear(said)
		if _, err = heard.Read(said); err != nil {
			break
		}
	}
	took = time.Since(began)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if err == nil && (strings.Contains(log.String(), "not enrolled") || strings.Contains(log.String(), "does not work")) {
		err = errors.New("it is ready and no kiosk") // ready is said of that, too
	}
	if err != nil {
		return 0, fmt.Errorf("wait for kioskd: %w: %s", err, log.String())
	}
	return took, nil
}

// verifyBare is the baseline: the chain as the file has it, read once from its
// beginning. n is how many records hold.
func verifyBare(ctx context.Context, dir string, id *enrol.Identity) (took time.Duration, n int, err error) {
	path := filepath.Join(dir, "copy.db")
	for _, end := range []string{"", "-wal"} { // the daemon is dead: the two files are the database
		b, err := os.ReadFile(filepath.Join(dir, "kiosk", "journal.db"+end))
		if err == nil {
			err = os.WriteFile(path+end, b, 0o600)
		}
		if err != nil {
			return 0, 0, err
		}
	}
	began := time.Now()
	db, err := store.OpenDamaged(ctx, path) // nothing is asserted and nothing migrated
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	chain := record.Chain{Org: id.Org, Kiosk: id.Kiosk}
	var journal []byte
	if err := db.QueryRowContext(ctx, `SELECT id FROM journals`).Scan(&journal); err != nil {
		return 0, 0, fmt.Errorf("read journal: %w", err)
	}
	copy(chain.Journal[:], journal)
	rows, err := db.QueryContext(ctx, `SELECT seq, body, hash, sig FROM records ORDER BY seq`)
	if err != nil {
		return 0, 0, fmt.Errorf("read records: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	key := id.RecordKey.Public().(ed25519.PublicKey)
	prev, run := chain.Genesis(key), make([]record.Record, 0, 1000)
	check := func() error {
		for i, fault := range record.Verify(chain, key, prev, run) {
			if fault != record.Good {
				return fmt.Errorf("record %d is %s", run[i].Seq, fault)
			}
			prev = run[i].Hash
		}
		n, run = n+len(run), run[:0]
		return nil
	}
	for rows.Next() {
		r := record.Record{Journal: chain.Journal}
		var hash []byte
		if err := rows.Scan(&r.Seq, &r.Body, &hash, &r.Sig); err != nil {
			return 0, 0, fmt.Errorf("read record: %w", err)
		}
		copy(r.Hash[:], hash)
		if run = append(run, r); len(run) == cap(run) {
			if err := check(); err != nil {
				return 0, 0, err
			}
		}
	}
	if err := errors.Join(rows.Err(), check()); err != nil {
		return 0, 0, err
	}
	return time.Since(began), n, nil
}
