package api

import (
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Badges gives cards to people and takes them away. See package badges for the errors.
type Badges interface {
	AddBadge(ctx context.Context, actor, person, typed string) (centraldb.Badge, error)
	LearnCode(ctx context.Context, actor, person, kiosk, code string) (centraldb.Badge, error)
	RemoveBadge(ctx context.Context, actor, person, card string) error
	Unknown(ctx context.Context) ([]centraldb.UnknownBadge, error)
}

// BadgeLists reads cards.
type BadgeLists interface {
	BadgesOf(ctx context.Context, person string) ([]centraldb.Badge, error)
}

// Whoever reads a card's number can make a copy of it: also lists are for those who
// may change people.
func (a *API) badgeRoutes() []route {
	return []route{
		{"GET", "/people/{id}/badges", access.PeopleWrite, a.badges},
		{"POST", "/people/{id}/badges", access.PeopleWrite, a.addBadge},
		{"DELETE", "/people/{id}/badges/{badge}", access.PeopleWrite, a.removeBadge},
		{"GET", "/badges/unknown", access.PeopleWrite, a.unknownBadges},
	}
}

func (a *API) badges(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if _, err := a.someone(r, who); err != nil {
		return err
	}
	return a.answerBadges(w, r, http.StatusOK)
}

func (a *API) answerBadges(w http.ResponseWriter, r *http.Request, status int) error {
	have, err := a.BadgeLists.BadgesOf(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	out := client.Badges{Badges: []client.Badge{}}
	for _, b := range have {
		out.Badges = append(out.Badges, client.Badge{Badge: b.Badge, LearntAt: time.Unix(0, b.LearntAt).UTC(), LearntBy: b.LearntBy})
	}
	return answer(w, status, out)
}

func (a *API) addBadge(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewBadge
	if err := read(w, r, &in); err != nil {
		return err
	}
	if (in.Badge == "") == (in.Code == "") || (in.Code == "") != (in.Kiosk == "") {
		return problem.New(problem.Invalid, "The body names no badge.", "Give its number as badge, or kiosk and code.").With("field", "badge")
	}
	p, err := a.someone(r, who)
	if err != nil {
		return err
	}
	if in.Code != "" {
		_, err = a.Badges.LearnCode(r.Context(), who.Email, p.ID, in.Kiosk, in.Code)
	} else {
		_, err = a.Badges.AddBadge(r.Context(), who.Email, p.ID, in.Badge)
	}
	if err != nil {
		return err
	}
	return a.answerBadges(w, r, http.StatusCreated)
}

func (a *API) removeBadge(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	p, err := a.someone(r, who)
	if err != nil {
		return err
	}
	if err := a.Badges.RemoveBadge(r.Context(), who.Email, p.ID, r.PathValue("badge")); err != nil {
		return err
	}
	return a.answerBadges(w, r, http.StatusOK)
}

func (a *API) unknownBadges(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	all, err := a.Badges.Unknown(r.Context())
	if err != nil {
		return err
	}
	out := client.UnknownBadges{Unknown: []client.UnknownBadge{}}
	for _, u := range all {
		out.Unknown = append(out.Unknown, client.UnknownBadge{
			Code: u.Code, Kiosk: u.Kiosk, KioskName: u.KioskName, Badge: u.Badge, At: time.Unix(0, u.At).UTC(),
		})
	}
	return answer(w, http.StatusOK, out)
}
