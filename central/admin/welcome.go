package admin

import (
	"context"
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
)

// Welcome turns codes into accounts. See package access for the errors.
type Welcome interface {
	Invitation(ctx context.Context, code, address string) (access.NewAccount, error)
	Accept(ctx context.Context, code, email, password string, v access.Visit) (secret string, who access.Identity, err error)
}

// welcomeView shows the two steps: the code, then address and password.
type welcomeView struct {
	page
	Code    string
	Email   string
	Known   bool // the code is good
	Fixed   bool // it names the address
	Problem *problem.Error
	Field   string
	Wait    int // seconds
}

func (p *pages) welcomeView() welcomeView {
	return welcomeView{page: p.page("Welcome", "", access.Identity{})}
}

func (p *pages) welcomeForm(w http.ResponseWriter, _ *http.Request, _ access.Identity) error {
	return p.show(w, http.StatusOK, "welcome", p.welcomeView())
}

func (p *pages) welcome(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	v := p.welcomeView()
	v.Code, v.Email = r.PostForm.Get("code"), r.PostForm.Get("email")
	if r.PostForm.Get("step") == "password" {
		secret, _, err := p.Door.Accept(r.Context(), v.Code, v.Email, r.PostForm.Get("password"), visitOf(r))
		if err == nil {
			http.SetCookie(w, cookie(secret))
			return seeOther(w, r, "/account?done=welcome")
		}
		return p.welcomeAgain(w, r, v, err)
	}
	account, err := p.Door.Invitation(r.Context(), v.Code, addressOf(r))
	if err != nil {
		return p.welcomeAgain(w, r, v, err)
	}
	v.Known, v.Fixed = true, account.Email != ""
	if v.Fixed {
		v.Email = account.Email
	}
	return p.show(w, http.StatusOK, "welcome", v)
}

func (p *pages) welcomeAgain(w http.ResponseWriter, r *http.Request, v welcomeView, err error) error {
	e := problem.From(err)
	if e.Code.HTTPStatus() >= http.StatusInternalServerError {
		return err
	}
	v.Problem = e
	v.Field, _ = e.Detail["field"].(string)
	v.Wait, _ = e.Detail["retry_after_s"].(int)
	if v.Field == "password" || v.Field == "email" {
		account, err := p.Door.Invitation(r.Context(), v.Code, addressOf(r))
		if err != nil {
			return err
		}
		v.Known, v.Fixed = true, account.Email != ""
	}
	return p.show(w, e.Code.HTTPStatus(), "welcome", v)
}
