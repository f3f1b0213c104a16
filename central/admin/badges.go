package admin

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Badges gives cards to people and takes them away. See package badges for the errors.
type Badges interface {
	AddBadge(ctx context.Context, actor, person, typed string) (centraldb.Badge, error)
	LearnBadge(ctx context.Context, actor, person string, unknown int64) (centraldb.Badge, error)
	RemoveBadge(ctx context.Context, actor, person, card string) error
	Unknown(ctx context.Context) ([]centraldb.UnknownBadge, error)
}

// BadgeLists reads cards. BadgeHolder gives the id of the active person whose card
// it is, "" for nobody.
type BadgeLists interface {
	BadgesOf(ctx context.Context, person string) ([]centraldb.Badge, error)
	BadgeHolder(ctx context.Context, badge string) (string, error)
}

// Whoever reads a card's number can make a copy of it: also the page is for those who
// may change people.
func (p *pages) badgeRoutes() []route {
	return []route{
		{"GET", "/team/{id}/badges", access.PeopleWrite, p.badges},
		{"POST", "/team/{id}/badges", access.PeopleWrite, p.addBadge},
		{"POST", "/team/{id}/badges/learn", access.PeopleWrite, p.learnBadge},
		{"POST", "/team/{id}/badges/remove", access.PeopleWrite, p.removeBadge},
	}
}

// badgesView is the page of one person's badges.
type badgesView struct {
	page
	Member  member
	Badges  []badgeLine
	Unknown []unknownLine
	Typed   string
	Wrong   wrong
	Holder  centraldb.TeamLine // who has the badge that was refused
	Done    string
}

type badgeLine struct{ Badge, Shown, Since string }

type unknownLine struct {
	ID                int64
	Code, Kiosk, When string
}

func (p *pages) badges(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	return p.showBadges(w, r, who, http.StatusOK, badgesView{Member: p.member(l)})
}

func (p *pages) showBadges(w http.ResponseWriter, r *http.Request, who access.Identity, status int, v badgesView) error {
	v.page = p.page("Badges of "+v.Member.Name, "team", who)
	v.Done, _ = p.noted(r).(string)
	have, err := p.BadgeLists.BadgesOf(r.Context(), v.Member.ID)
	if err != nil {
		return err
	}
	for _, b := range have {
		v.Badges = append(v.Badges, badgeLine{b.Badge, strings.TrimPrefix(b.Badge, "text:"), dayIn(time.Unix(0, b.LearntAt), p.zone)})
	}
	unknown, err := p.Badges.Unknown(r.Context())
	if err != nil {
		return err
	}
	for _, u := range unknown {
		line := unknownLine{ID: u.ID, Code: u.Code, Kiosk: u.KioskName, When: momentIn(time.Unix(0, u.At), p.zone)}
		if line.Kiosk == "" {
			line.Kiosk = u.Kiosk
		}
		v.Unknown = append(v.Unknown, line)
	}
	return p.show(w, status, "team_badges", v)
}

func (p *pages) addBadge(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	typed := r.PostForm.Get("badge")
	_, err = p.Badges.AddBadge(r.Context(), who.Email, l.ID, typed)
	return p.afterBadge(w, r, who, badgesView{Member: p.member(l), Typed: typed}, "badge", "Added. Kiosks that are connected know it in a moment.", err)
}

func (p *pages) learnBadge(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err != nil {
		return err
	}
	id, err := strconv.ParseInt(r.PostForm.Get("card"), 10, 64)
	if err == nil {
		_, err = p.Badges.LearnBadge(r.Context(), who.Email, l.ID, id)
	} else {
		err = problem.New(problem.Invalid, "No card was chosen.", "Press the button beside its code.").Because(err)
	}
	if problem.Is(err, problem.NotFound) {
		e := problem.From(err)
		err = problem.New(problem.Conflict, "This card is not among them any more.", "Hold it to the kiosk again, and look at this page again.").Because(e)
	}
	return p.afterBadge(w, r, who, badgesView{Member: p.member(l)}, "card", "Learnt. Kiosks that are connected know it in a moment.", err)
}

func (p *pages) removeBadge(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	l, err := p.someone(r, who)
	if err == nil {
		err = p.Badges.RemoveBadge(r.Context(), who.Email, l.ID, r.PostForm.Get("badge"))
	}
	if err != nil {
		return err
	}
	return p.after(w, r, personLink(l.ID)+"/badges", "Removed. Kiosks that are connected know it in a moment.")
}

// afterBadge leads back to the page, or shows it with what is wrong at the field.
func (p *pages) afterBadge(w http.ResponseWriter, r *http.Request, who access.Identity, v badgesView, field, done string, err error) error {
	if err == nil {
		return p.after(w, r, v.Member.Link()+"/badges", done)
	}
	bad, status, err := wrongOf(err, field)
	if err != nil {
		return err
	}
	for _, e := range bad {
		v.Wrong = wrong{field: e} // also what is said of the number stands where it was chosen
	}
	if v.Holder, err = p.holder(r.Context(), v.Typed, v.Member.ID); err != nil {
		return err
	}
	return p.showBadges(w, r, who, status, v)
}

// holder gives who else has the badge that was typed; zero for nobody.
func (p *pages) holder(ctx context.Context, typed, but string) (centraldb.TeamLine, error) {
	card, err := badge.Parse(typed, badge.Transform{})
	if err != nil {
		return centraldb.TeamLine{}, nil //nolint:nilerr // it is nobody's
	}
	id, err := p.BadgeLists.BadgeHolder(ctx, string(card))
	if err != nil || id == "" || id == but {
		return centraldb.TeamLine{}, err
	}
	return p.Roll.TeamMember(ctx, id)
}
