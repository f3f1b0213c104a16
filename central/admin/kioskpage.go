package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rsc.io/qr"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
)

const (
	reviewPath = "/review"

	usesShown = 8  // uses of the Universal PIN on a kiosk's page
	usesPage  = 50 // on their own

	// universalFor is how long a Universal PIN is used before its page asks for another.
	universalFor = 180 * 24 * time.Hour
)

// kioskView is the page of one kiosk.
type kioskView struct {
	page
	Note     *kioskNote
	Line     kioskLine
	Machine  machineView
	Enrolled string // when, "" for never
	Keys     keysView
	Heard    string // when it was last heard of, with the day
	Form     kioskFields
	Zones    []string
	Wrong    wrong
	Confirm  string // typed to revoke
	Who      listed
	Digits   int    // of the Universal PIN, 0 for none
	Changed  string // when it was
	Ago      string // how long ago, where that is not plain
	Stale    bool   // so long that it should be changed
	Hashed   bool
	Uses     []useLine
	MoreUses bool
	OpenTill string       // until when an unused code is good, "" for none
	LastTold *commandLine // the newest command
	Screen   string       // how it looks and what it offers, in a sentence
	Offered  int          // projects that can be booked on here
	Default  string       // the one that clocking in books on, "" for none
	Looked   []lookedFlaw // what somebody has looked into
	Review   string       // the page where trouble is looked into, "" where there is none
}

// listed says who is on a kiosk, in short.
type listed struct {
	Everyone bool
	Teams    []string
	People   int
}

// useLine is one punch with the Universal PIN.
type useLine struct {
	centraldb.PunchLine
	Day string
	At  string
}

func (p *pages) kiosk(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	note := p.noted(r)
	if again, ok := note.(refusedPIN); ok {
		return p.universalAgain(w, r, who, again.why)
	}
	return p.showKiosk(w, r, who, http.StatusOK, func(v *kioskView) { v.Note, _ = note.(*kioskNote) })
}

// showKiosk shows a kiosk's page; more puts in what this request adds.
func (p *pages) showKiosk(w http.ResponseWriter, r *http.Request, who access.Identity, status int, more func(*kioskView)) error {
	k, err := p.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := kioskView{page: p.page(k.Name, "kiosks", who), Form: fieldsOf(k), Zones: strings.Fields(kioskZones)}
	if err := p.fillKiosk(r, &v, k); err != nil {
		return err
	}
	if v.Line.Ails() > 0 && p.opens(who.Role, reviewPath) {
		v.Review = reviewPath
	}
	more(&v)
	return p.show(w, status, "kiosk", v)
}

func (p *pages) fillKiosk(r *http.Request, v *kioskView, k centraldb.Kiosk) error {
	ctx := r.Context()
	counts, err := p.Fleet.AssigneeCounts(ctx)
	if err != nil {
		return err
	}
	versions, err := p.KioskLists.RosterVersions(ctx)
	if err != nil {
		return err
	}
	troubles, err := p.KioskLists.KioskTroubles(ctx)
	if err != nil {
		return err
	}
	v.Line = p.kioskLine(k, counts[k.ID], versions[k.ID])
	v.Line.Trouble = troubles[k.ID]
	if err := p.fillFlaws(r, v, k); err != nil {
		return err
	}
	if err := p.fillHealth(r, v, k); err != nil {
		return err
	}
	if err := p.fillKeys(r, v, k); err != nil {
		return err
	}
	told, err := p.commandLines(ctx, k.ID, 1)
	if err != nil {
		return err
	}
	if len(told) > 0 {
		v.LastTold = &told[0]
	}
	v.Screen = screenWords(k)
	v.Enrolled, v.Heard = p.when(k.EnrolledAt), p.when(k.LastSeen)
	a, err := p.Fleet.Assignments(ctx, k.ID)
	if err != nil {
		return err
	}
	v.Who = listed{a.Everyone, a.Teams, len(a.People)}
	var changed int64
	if v.Digits, changed, v.Hashed, err = p.KioskLists.UniversalPIN(ctx, k.ID); err != nil {
		return err
	}
	v.Changed = p.when(changed)
	if age := p.Now().Sub(time.Unix(0, changed)); v.Digits > 0 && age > 2*24*time.Hour {
		v.Ago, v.Stale = agoWords(age), age > universalFor
	}
	uses, err := p.KioskLists.UniversalUses(ctx, k.ID, 0, usesShown+1)
	if err != nil {
		return err
	}
	v.MoreUses = len(uses) > usesShown
	v.Uses = useLines(uses[:min(len(uses), usesShown)])
	till, err := p.KioskLists.OpenCode(ctx, k.ID, p.Now().UnixNano())
	if err != nil {
		return err
	}
	v.OpenTill = p.when(till)
	return p.fillWork(ctx, v, k.ID)
}

// when writes an instant, unix nanoseconds, in the organisation's zone.
func (p *pages) when(at int64) string {
	if at == 0 {
		return ""
	}
	t, now := time.Unix(0, at).In(p.zone), p.Now().In(p.zone)
	switch {
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return "today at " + t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("Mon 2 Jan, 15:04")
	}
	return t.Format("2 Jan 2006, 15:04")
}

func useLines(lines []centraldb.PunchLine) []useLine {
	out := make([]useLine, len(lines))
	z := zones{}
	for i, l := range lines {
		at := time.Unix(0, l.At).In(z.load(l.Zone))
		out[i] = useLine{PunchLine: l, Day: at.Format("Mon 2 Jan 2006"), At: at.Format("15:04")}
	}
	return out
}

// usesView is the page that lists the uses of a kiosk's Universal PIN.
type usesView struct {
	page
	Kiosk centraldb.Kiosk
	Back  string
	Uses  []useLine
	Prev  string
	Next  string
}

func (p *pages) universalUses(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	k, err := p.Fleet.Kiosk(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	at := pageOf(r.URL.Query())
	lines, err := p.KioskLists.UniversalUses(r.Context(), k.ID, at*usesPage, usesPage+1)
	if err != nil {
		return err
	}
	v := usesView{page: p.page("Universal PIN at "+k.Name, "kiosks", who), Kiosk: k, Back: kioskPath(k.ID)}
	v.Uses = useLines(lines[:min(len(lines), usesPage)])
	v.Prev, v.Next = turn(kioskPath(k.ID)+"/universal", nil, at, len(lines) > usesPage)
	return p.show(w, http.StatusOK, "kioskuses", v)
}

// turn gives the links to the pages before and after page at.
func turn(path string, q url.Values, at int, more bool) (prev, next string) {
	link := func(n int) string {
		q := url.Values(http.Header(q).Clone())
		if q == nil {
			q = url.Values{}
		}
		setPage(q, n)
		if len(q) == 0 {
			return path
		}
		return path + "?" + q.Encode()
	}
	if at > 0 {
		prev = link(at - 1)
	}
	if more {
		next = link(at + 1)
	}
	return prev, next
}

// codeNote is a fresh enrolment code as its page shows it.
type codeNote struct {
	Text   string
	URL    string
	Server string // where the kiosk's first screen asks for the server
	Till   string
	QRSize int
	QR     string // the dark squares, as the path of an SVG
}

func (p *pages) codeNote(c fleet.Code, server string) (*codeNote, error) {
	square, err := qr.Encode(c.URL, qr.M)
	if err != nil {
		return nil, fmt.Errorf("draw enrolment code: %w", err)
	}
	const quiet = 4 // modules around it, as ISO/IEC 18004 asks for
	n := &codeNote{
		Text: c.Text, URL: c.URL, Server: server, Till: p.when(c.ExpiresAt.UnixNano()),
		QRSize: square.Size + 2*quiet,
	}
	var b strings.Builder
	for y := range square.Size {
		for x := 0; x < square.Size; {
			run := 0
			for x+run < square.Size && square.Black(x+run, y) {
				run++
			}
			if run > 0 {
				b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h" + strconv.Itoa(run) + "v1h-" + strconv.Itoa(run) + "z")
			}
			x += max(run, 1)
		}
	}
	n.QR = b.String()
	return n, nil
}
