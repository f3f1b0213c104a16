package ingest

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// What is told of a record, as notices' kinds.
const (
	kindForgotten = "pin.forgotten"
	kindLocked    = "pin.locked"
	kindLimit     = "pin.limit"
)

// The failures after which a kiosk keeps a PIN closed until somebody opens it.
const (
	lockedAfter           = 10
	lockedAfterPrivileged = 8
)

// between is the least time between two mails that tell of the same.
const between = time.Hour

// forgottenMost is how many of a kiosk's requests for new PINs are told of in an
// hour: as many as an honest kiosk takes in one. Somebody who has taken it over
// could ask for everybody. What is not mailed still shows on the page Team.
const forgottenMost = 20

// saying is a record that admins are to hear of.
type saying struct {
	row  centraldb.Logged
	body record.Body
}

// tells says whether admins are to hear of a body.
func tells(b record.Body) bool {
	return b.Type == record.Forgot && b.Person != "" || b.Type == record.Lock
}

// mostFailures is far more than a kiosk ever counts.
const mostFailures = 1_000_000

// countable says whether a body's numbers are such as a kiosk counts to. Others come
// from one that somebody has taken over: the table can't keep them, and what all
// kiosks have recorded since would wait for them.
func countable(b record.Body) bool {
	return b.Failures >= 0 && b.Failures <= mostFailures && b.PINVersion <= math.MaxInt64 && b.UnlockVersion <= math.MaxInt64
}

// tell writes down what kiosks have said of PINs, in the step's transaction.
func (p *Projector) tell(sayings []saying) func(context.Context, *centraldb.Tx) error {
	if len(sayings) == 0 {
		return nil
	}
	return func(ctx context.Context, tx *centraldb.Tx) error {
		for _, s := range sayings {
			if err := p.tellOne(ctx, tx, s); err != nil {
				return fmt.Errorf("tell of %s: %w", s.body.Type, err)
			}
		}
		return nil
	}
}

func (p *Projector) tellOne(ctx context.Context, tx *centraldb.Tx, s saying) error {
	kiosk, err := tx.Kiosk(ctx, s.row.Kiosk)
	if problem.Is(err, problem.NotFound) {
		kiosk.ID, kiosk.Name = s.row.Kiosk, s.row.Kiosk
	} else if err != nil {
		return err
	}
	if s.body.Person == "" {
		return tellLimit(ctx, tx, s, kiosk.Name)
	}
	who, err := tx.Person(ctx, s.body.Person)
	if problem.Is(err, problem.NotFound) {
		p.logger.Warn("record of an unknown person", "type", string(s.body.Type), "kiosk", s.row.Kiosk, "seq", s.row.Seq)
		return nil
	}
	if err != nil {
		return err
	}
	if s.body.Type == record.Forgot {
		return tellForgotten(ctx, tx, s, who, kiosk.Name)
	}
	return tellLock(ctx, tx, s, who, kiosk.Name)
}

// tellForgotten stores a request for a new PIN. Somebody who has got one since is
// not asked for again, however late the record comes.
func tellForgotten(ctx context.Context, tx *centraldb.Tx, s saying, who attendance.Person, kiosk string) error {
	at, now := s.body.Stamp.Time().UnixNano(), s.row.ReceivedAt
	r := centraldb.PINRequest{ID: s.row.ID, Person: who.ID, Kiosk: s.row.Kiosk, At: at}
	settled, err := settledBy(ctx, tx, s, who)
	if err != nil {
		return err
	}
	if settled != "" {
		r.DoneAt, r.DoneBy = now, settled
		return tx.AddPINRequest(ctx, r)
	}
	told, err := tx.ToldOfPINRequest(ctx, who.ID, at, now, int64(between))
	if err != nil {
		return err
	}
	already, err := tx.ToldOfKiosk(ctx, s.row.Kiosk, now-int64(between))
	if err != nil {
		return err
	}
	if told || already >= forgottenMost {
		return tx.AddPINRequest(ctx, r)
	}
	r.ToldAt = now
	if err := tx.AddPINRequest(ctx, r); err != nil {
		return err
	}
	return tx.AddNotice(ctx, centraldb.Notice{
		At: now, Kind: kindForgotten, Key: "forgot:" + strconv.FormatInt(s.row.ID, 10), Audience: centraldb.ToAdmins,
		Title: who.Name + " forgot their PIN",
		Body: who.Name + staff(who) + " asked for a new PIN at the kiosk " + kiosk + ", " + local(s.body.Stamp) +
			".\n\nMake one on their page and hand it to them yourself: it works on the kiosk at once.",
		Path: "/team/" + who.ID + "#pin",
	})
}

// settledBy says what has settled a request before it came, "" where nothing has.
func settledBy(ctx context.Context, tx *centraldb.Tx, s saying, who attendance.Person) (string, error) {
	if !who.Active {
		return "archived", nil
	}
	now, err := tx.PIN(ctx, "personal", who.ID)
	if err != nil {
		return "", err
	}
	// The kiosk's clock may be wrong, the version that it knew is not.
	newer := now.Version > s.body.PINVersion
	if s.body.PINVersion == 0 {
		newer = now.ChangedAt > s.body.Stamp.Time().UnixNano()
	}
	if newer {
		return centraldb.ByNewerPIN, nil
	}
	return "", nil
}

// tellLock keeps how often a PIN failed at a kiosk, and tells of it once it is
// closed there, or has failed as often at all kiosks together. A report of an
// older PIN, or of before an unlock, is past.
func tellLock(ctx context.Context, tx *centraldb.Tx, s saying, who attendance.Person, kiosk string) error {
	most := lockedAfter
	if who.Role.Privileged() {
		most = lockedAfterPrivileged
	}
	l := centraldb.PINLock{
		Person: who.ID, Kiosk: s.row.Kiosk, Failures: s.body.Failures, Locked: s.body.Failures >= most,
		At: s.body.Stamp.Time().UnixNano(), PINVersion: s.body.PINVersion, UnlockVersion: s.body.UnlockVersion,
	}
	if err := tx.SetPINLock(ctx, l); err != nil {
		return err
	}
	pin, unlock, err := tx.PINVersions(ctx, who.ID)
	if err != nil || pin != l.PINVersion || unlock != l.UnlockVersion {
		return err
	}
	failures, kiosks, err := tx.PINFailures(ctx, who.ID, pin, unlock)
	if err != nil || failures < most {
		return err
	}
	n := centraldb.Notice{At: s.row.ReceivedAt, Kind: kindLocked, Audience: centraldb.ToAdmins, Path: "/team/" + who.ID + "#pin"}
	if l.Locked {
		n.Key = fmt.Sprintf("lock:%s:%d:%d", who.ID, pin, unlock)
		n.Title = "The PIN of " + who.Name + " is locked"
		n.Body = fmt.Sprintf("The PIN of %s%s was typed wrong %d times at the kiosk %s, the last time %s.\n\nIt stays locked there until you unlock it or make a new one.",
			who.Name, staff(who), l.Failures, kiosk, local(s.body.Stamp))
	} else {
		n.Key = fmt.Sprintf("spread:%s:%d:%d", who.ID, pin, unlock)
		n.Title = "The PIN of " + who.Name + " was typed wrong at several kiosks"
		n.Body = fmt.Sprintf("The PIN of %s%s was typed wrong %d times at %d kiosks together, the last time at %s, %s. No kiosk has locked it.\n\nSomebody may be guessing: ask them, and make a new PIN if it was not them.",
			who.Name, staff(who), failures, kiosks, kiosk, local(s.body.Stamp))
	}
	return tx.AddNotice(ctx, n)
}

// tellLimit tells that a whole kiosk sees too many wrong PINs, or has stopped
// taking its Universal PIN; once in an hour for each.
func tellLimit(ctx context.Context, tx *centraldb.Tx, s saying, kiosk string) error {
	at := s.body.Stamp.Time()
	n := centraldb.Notice{
		At: s.row.ReceivedAt, Kind: kindLimit, Audience: centraldb.ToAdmins, Path: "/kiosks/" + s.row.Kiosk,
		Key: fmt.Sprintf("limit:%s:%s:%s", s.body.Limit, s.row.Kiosk, hourOf(at, s.row.ReceivedAt)),
	}
	switch s.body.Limit {
	case "universal":
		n.Title = "Too many wrong PINs at " + kiosk + ": its Universal PIN rests"
		n.Body = "So many wrong PINs were typed at the kiosk " + kiosk + " that it does not take its Universal PIN for now, since " +
			local(s.body.Stamp) + ".\n\nOwn PINs work as before. If nobody can explain it, give the kiosk another Universal PIN: it works at once."
	case "kiosk":
		n.Title = "Many wrong PINs at " + kiosk
		n.Body = "Many of the PINs typed at the kiosk " + kiosk + " are wrong, since " + local(s.body.Stamp) +
			". It waits 30 seconds between attempts.\n\nSomebody may be guessing. Have a look."
	default:
		return nil // a limit of a later version
	}
	return tx.AddNotice(ctx, n)
}

// hourOf names the hour of which one mail tells: that of the kiosk's clock where the
// record is of the last day. All others that come within an hour are one: else a
// kiosk that somebody has taken over could make up hours, and as many mails.
func hourOf(at time.Time, received int64) string {
	const day = 24 * between
	age := time.Unix(0, received).Sub(at)
	if age > day || age < -between {
		return "late:" + strconv.FormatInt(received/int64(between), 10)
	}
	return strconv.FormatInt(at.Unix()/int64(between/time.Second), 10)
}

func staff(p attendance.Person) string {
	if p.StaffNo == "" {
		return ""
	}
	return " (" + p.StaffNo + ")"
}

// local writes an instant as the kiosk's clock showed it.
func local(s attendance.Stamp) string {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return s.Time().UTC().Format("Mon 2 Jan 2006 at 15:04") + " UTC" // a zone that this machine does not know
	}
	return s.Time().In(zone).Format("Mon 2 Jan 2006 at 15:04") + " (" + zone.String() + ")"
}
