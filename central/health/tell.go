package health

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

// The kinds of notices.
const (
	NoticeBegan = "kiosk.alert"
	NoticeEnded = "kiosk.recovered"
)

// mostLines bounds a mail: when a whole site loses its network, hundreds of kiosks
// fall silent together, and one mail says so.
const mostLines = 30

// over is an alert that has ended.
type over struct {
	centraldb.Alert
	name   string
	lasted time.Duration
}

// telling is what one look has to tell, in one mail for what began and one for what
// is over.
type telling struct {
	began []named
	ended []over
}

func byNeed(a, b named) int {
	return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.kiosk.Name, b.kiosk.Name),
		cmp.Compare(a.kiosk.ID, b.kiosk.ID), cmp.Compare(a.Kind, b.Kind))
}

func (t telling) tell(ctx context.Context, tx *centraldb.Tx, now time.Time) error {
	if len(t.began) > 0 {
		if err := tx.AddNotice(ctx, beganNotice(t.began, now)); err != nil {
			return err
		}
	}
	if len(t.ended) > 0 {
		if err := tx.AddNotice(ctx, endedNotice(t.ended, now)); err != nil {
			return err
		}
	}
	if len(t.began)+len(t.ended) == 0 {
		return nil
	}
	return t.queue(ctx, tx, now)
}

func beganNotice(all []named, now time.Time) centraldb.Notice {
	n := centraldb.Notice{At: now.UnixNano(), Kind: NoticeBegan, Audience: centraldb.ToAdmins, Path: "/kiosks?status=attention"}
	one := all[0]
	n.Title = one.kiosk.Name + ": " + strings.TrimSuffix(one.Words, ".")
	if ids := different(all); ids == 1 {
		n.Path = "/kiosks/" + one.kiosk.ID
	} else {
		n.Title = fmt.Sprintf("%d kiosks need attention", ids)
	}
	var b strings.Builder
	for i, f := range all {
		if i == mostLines {
			fmt.Fprintf(&b, "and %d more.\n", len(all)-i)
			break
		}
		fmt.Fprintf(&b, "%s: %s\n  %s\n\n", f.kiosk.Name, f.Words, f.Next)
	}
	b.WriteString("You hear of it again when it is over.")
	n.Body = b.String()
	return n
}

func different(all []named) int {
	ids := map[string]bool{}
	for _, f := range all {
		ids[f.kiosk.ID] = true
	}
	return len(ids)
}

func endedNotice(all []over, now time.Time) centraldb.Notice {
	n := centraldb.Notice{
		At: now.UnixNano(), Kind: NoticeEnded, Audience: centraldb.ToAdmins, Path: "/kiosks",
		Title: all[0].name + " is well again",
	}
	if len(all) == 1 {
		n.Path = "/kiosks/" + all[0].Kiosk
	} else {
		n.Title = plural(len(all), "thing is", "things are") + " well again at kiosks"
	}
	var b strings.Builder
	for i, o := range all {
		if i == mostLines {
			fmt.Fprintf(&b, "and %d more.\n", len(all)-i)
			break
		}
		fmt.Fprintf(&b, "%s: over after %s. It was: %s\n", o.name, span(o.lasted), o.Words)
	}
	n.Body = strings.TrimSpace(b.String())
	return n
}
