package ingest

import (
	"context"
	"strconv"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// What is told of what people ask for, as notices' kinds.
const (
	kindMissed   = "punch.requested"
	kindNewcomer = "punch.newcomer"
)

// tellAsked tells admins by mail that something waits for them, where the
// organisation wants that: once in an hour for each kiosk, whatever its clock says.
// The lists have the rest.
func tellAsked(ctx context.Context, tx *centraldb.Tx, s saying) error {
	set, err := tx.Settings(ctx)
	if err != nil || !set.MailRequests {
		return err
	}
	k, err := tx.Kiosk(ctx, s.row.Kiosk)
	if problem.Is(err, problem.NotFound) {
		k.Name = s.row.Kiosk
	} else if err != nil {
		return err
	}
	n := centraldb.Notice{At: s.row.ReceivedAt, Kind: kindMissed, Audience: centraldb.ToAdmins, Path: "/punches/requests"}
	who := oneLine(s.body.Name)
	if s.body.Type == record.Unlisted {
		n.Kind, n.Path, n.Title = kindNewcomer, "/review", "Somebody is not listed at "+k.Name
		n.Body = "Somebody typed the name “" + who + "” at the kiosk " + k.Name + ", " + local(s.body.Stamp) +
			".\n\nSay on the page Review whose punch it is. Others who do so there within the hour make no mail of their own."
	} else {
		p, err := tx.Person(ctx, s.body.Person)
		if problem.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		claim := attendance.Stamp{Real: s.body.Claim, Zone: s.body.Stamp.Zone}
		n.Title = p.Name + " asks for a missed punch"
		n.Body = p.Name + staff(p) + " asks for a punch of " + local(claim) + " at the kiosk " + k.Name + ": " + oneLine(s.body.Note) +
			"\n\nDecide on the page Requests. Others who ask there within the hour make no mail of their own."
	}
	n.Key = n.Kind + ":" + s.row.Kiosk + ":" + strconv.FormatInt(s.row.ReceivedAt/int64(time.Hour), 10)
	return tx.AddNotice(ctx, n)
}
