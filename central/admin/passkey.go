package admin

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
)

// Passkeys makes passkeys and takes them in place of a password. See package access
// for the errors.
type Passkeys interface {
	BeginPasskey(ctx context.Context, p access.Purpose, secret, host, address string) (id string, options []byte, err error)
	LoginByPasskey(ctx context.Context, id string, answer []byte, v access.Visit) (secret string, who access.Identity, err error)
	ReproveByPasskey(ctx context.Context, secret, id string, answer []byte, address string) error
	AddPasskey(ctx context.Context, secret, ceremony, name string, answer []byte) error
	RemovePasskey(ctx context.Context, who access.Identity, id string) error
}

// passkeyCookie carries the ceremony that a browser has begun to its answer.
const passkeyCookie = "__Host-timepost-passkey"

// passkeyOptions answers our script, with JSON, what to ask the browser for.
func (p *pages) passkeyOptions(purpose access.Purpose) func(http.ResponseWriter, *http.Request, access.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who access.Identity) error {
		var err error
		ok := true
		if purpose == access.MakePasskey {
			ok, err = p.fresh(w, r, who, "/account#passkeys")
		}
		var id string
		var options []byte
		if ok && err == nil {
			id, options, err = p.Door.BeginPasskey(r.Context(), purpose, secretOf(r), r.Host, addressOf(r))
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			return passkeyTrouble(w, err)
		}
		http.SetCookie(w, &http.Cookie{
			Name: passkeyCookie, Value: id, Path: "/", MaxAge: 300, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		_, err = w.Write(options)
		return err
	}
}

// passkeyTrouble tells our script what is wrong; what is our mistake it leaves to
// the page for that.
func passkeyTrouble(w http.ResponseWriter, err error) error {
	e := problem.From(err)
	if e.Code.HTTPStatus() >= http.StatusInternalServerError {
		return err
	}
	w.WriteHeader(e.Code.HTTPStatus())
	return json.NewEncoder(w).Encode(map[string]any{"message": e.Message, "hint": e.Hint, "confirm": e.Detail["confirm"]})
}

// answered gives the ceremony and the browser's answer from a posted form.
func answered(w http.ResponseWriter, r *http.Request) (id string, answer []byte, err error) {
	if c, err := r.Cookie(passkeyCookie); err == nil {
		id = c.Value
	}
	http.SetCookie(w, &http.Cookie{
		Name: passkeyCookie, Path: "/", MaxAge: -1, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	return id, []byte(r.PostForm.Get("credential")), nil
}

func (p *pages) loginByPasskey(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	id, answer, err := answered(w, r)
	if err != nil {
		return err
	}
	next := localPath(r.PostForm.Get("next"))
	secret, who, err := p.Door.LoginByPasskey(r.Context(), id, answer, visitOf(r))
	if err != nil {
		return p.loginAgain(w, r, "", next, err)
	}
	return p.enter(w, r, secret, who, next)
}

func (p *pages) confirmByPasskey(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, answer, err := answered(w, r)
	if err != nil {
		return err
	}
	next := localPath(r.PostForm.Get("next"))
	if err := p.Door.ReproveByPasskey(r.Context(), secretOf(r), id, answer, addressOf(r)); err != nil {
		return p.confirmAgain(w, r, who, next, err)
	}
	return seeOther(w, r, next)
}

func (p *pages) addPasskey(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	id, answer, err := answered(w, r)
	if err != nil {
		return err
	}
	if err := p.Door.AddPasskey(r.Context(), secretOf(r), id, r.PostForm.Get("name"), answer); err != nil {
		return p.accountAgain(w, r, who, "passkey", err)
	}
	return seeOther(w, r, "/account?done=passkey")
}

func (p *pages) removePasskey(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if ok, err := p.fresh(w, r, who, "/account#passkeys"); !ok {
		return err
	}
	if err := p.Door.RemovePasskey(r.Context(), who, r.PostForm.Get("passkey")); err != nil {
		return err
	}
	return seeOther(w, r, "/account?done=removed")
}
