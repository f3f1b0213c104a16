package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
)

// Own is what everybody does with their own account. See package access for the
// errors.
type Own interface {
	Own(ctx context.Context, who access.Identity, secret string) (access.Overview, error)
	ChangePassword(ctx context.Context, secret, old, password, address string) error
	NewRecoveryCodes(ctx context.Context, who access.Identity) ([]string, error)
	EndSession(ctx context.Context, who access.Identity, id string) error
	EndOtherSessions(ctx context.Context, who access.Identity, secret string) error
}

// Tokens makes and revokes API tokens. See package access for the errors.
type Tokens interface {
	CreateToken(ctx context.Context, who access.Identity, n access.NewToken) (string, error)
	Tokens(ctx context.Context, who access.Identity) ([]access.Token, error)
	RevokeToken(ctx context.Context, who access.Identity, id string) error
}

// accountView is everybody's page about their own account.
type accountView struct {
	page
	access.Overview
	Role     attendance.Role
	Person   string
	Named    bool // the site has a name, so browsers make passkeys for it
	Tokens   []tokenLine
	MayToken bool
	Done     string
	Wrong    map[string]*problem.Error // by form
	Field    map[string]string         // which field of it
	Name     string                    // of the token or passkey that was refused
	Scope    access.Scope
	Expires  string
	Wait     int // seconds
	Zone     *time.Location
}

type tokenLine struct {
	access.Token
	Expired bool
}

func (p *pages) accountView(r *http.Request, who access.Identity) (accountView, error) {
	v := accountView{
		page: p.page("Your account", "account", who), Role: who.Role, Person: who.Person, Named: access.CanPasskey(r.Host), Zone: p.zone,
		MayToken: access.Allowed(who.Role, access.TokensOwn), Wrong: map[string]*problem.Error{}, Field: map[string]string{}, Scope: access.ScopeRead,
	}
	var err error
	if v.Overview, err = p.Door.Own(r.Context(), who, secretOf(r)); err != nil || !v.MayToken {
		return v, err
	}
	tokens, err := p.Door.Tokens(r.Context(), who)
	for _, t := range tokens {
		if !t.Revoked {
			v.Tokens = append(v.Tokens, tokenLine{t, !t.Expires.IsZero() && !t.Expires.After(p.Now())})
		}
	}
	return v, err
}

func (p *pages) account(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, err := p.accountView(r, who)
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("done") {
	case "welcome":
		v.Done = "Welcome. Your account is ready. Now make a passkey: it is quicker than a password, and nobody can steal it with a false page."
	case "password":
		v.Done = "Your password is changed. Other sessions have ended."
	case "passkey":
		v.Done = "The passkey is ready. Use it the next time you log in."
	case "removed":
		v.Done = "The passkey is removed here. Delete it on the device too."
	case "sessions":
		v.Done = "Ended."
	case "revoked":
		v.Done = "The token is revoked. Whatever used it is locked out now."
	}
	return p.show(w, http.StatusOK, "account", v)
}

// accountAgain shows the page with what is wrong in one of its forms.
func (p *pages) accountAgain(w http.ResponseWriter, r *http.Request, who access.Identity, form string, err error) error {
	e := problem.From(err)
	switch e.Code {
	case problem.Invalid, problem.Unauthenticated, problem.Limited, problem.Conflict, problem.Expired:
	default:
		return err
	}
	v, verr := p.accountView(r, who)
	if verr != nil {
		return verr
	}
	v.Wrong[form] = e
	v.Field[form], _ = e.Detail["field"].(string)
	v.Wait, _ = e.Detail["retry_after_s"].(int)
	v.Name = r.PostForm.Get("name")
	if s := access.Scope(r.PostForm.Get("scope")); s != "" {
		v.Scope = s
	}
	v.Expires = r.PostForm.Get("expires")
	return p.show(w, e.Code.HTTPStatus(), "account", v)
}

func (p *pages) changePassword(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	err := p.Door.ChangePassword(r.Context(), secretOf(r), r.PostForm.Get("old"), r.PostForm.Get("password"), addressOf(r))
	if err != nil {
		return p.accountAgain(w, r, who, "password", err)
	}
	return seeOther(w, r, "/account?done=password")
}

func (p *pages) endSession(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var err error
	if id := r.PostForm.Get("session"); id != "" {
		err = p.Door.EndSession(r.Context(), who, id)
	} else {
		err = p.Door.EndOtherSessions(r.Context(), who, secretOf(r))
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/account?done=sessions")
}

// secretsView shows what is shown once.
type secretsView struct {
	page
	Kind    string // recovery, token or invitation
	Codes   []string
	Name    string
	Address string // where to use it
	Until   time.Time
	Back    string
}

func (p *pages) newRecovery(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if ok, err := p.fresh(w, r, who, "/account#recovery"); !ok {
		return err
	}
	codes, err := p.Door.NewRecoveryCodes(r.Context(), who)
	if err != nil {
		return err
	}
	return p.after(w, r, "/account/once", secretsView{Kind: "recovery", Codes: codes, Name: who.Email, Back: "/account"})
}

// accountOnce shows what a change on the account pages has made; coming back shows
// it no more.
func (p *pages) accountOnce(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	v, ok := p.noted(r).(secretsView)
	if !ok {
		return seeOther(w, r, "/account")
	}
	titles := map[string]string{"recovery": "Recovery codes", "token": "New API token", "invitation": "Invitation"}
	v.page = p.page(titles[v.Kind], "account", who)
	if v.Kind == "invitation" {
		v.Here = "settings"
	}
	return p.show(w, http.StatusOK, "account_once", v)
}

func (p *pages) createToken(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if ok, err := p.fresh(w, r, who, "/account#tokens"); !ok {
		return err
	}
	n := access.NewToken{Name: r.PostForm.Get("name"), Scope: access.Scope(r.PostForm.Get("scope"))}
	if day := r.PostForm.Get("expires"); day != "" {
		d, err := time.Parse(time.DateOnly, day)
		if err != nil {
			bad := problem.New(problem.Invalid, "This is no day.", "Write it like 2026-12-31, or leave it empty.").With("field", "expires")
			return p.accountAgain(w, r, who, "token", bad.Because(err))
		}
		n.Expires = civilOf(d).Plus(1).In(p.zone).Add(-time.Second) // the day itself still counts
	}
	text, err := p.Door.CreateToken(r.Context(), who, n)
	if err != nil {
		return p.accountAgain(w, r, who, "token", err)
	}
	return p.after(w, r, "/account/once", secretsView{Kind: "token", Codes: []string{text}, Name: n.Name, Back: "/account#tokens"})
}

func (p *pages) revokeToken(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := p.Door.RevokeToken(r.Context(), who, r.PostForm.Get("token")); err != nil {
		return err
	}
	return seeOther(w, r, "/account?done=revoked")
}

// dayIn and momentIn write instants as people of a zone read them.
func dayIn(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 Jan 2006") }

func momentIn(t time.Time, zone *time.Location) string { return t.In(zone).Format("2 Jan, 15:04") }

func scopeWord(s access.Scope) string {
	switch s {
	case access.ScopeAll:
		return "everything"
	case access.ScopeRead:
		return "look only"
	case access.ScopePunches:
		return "punches only"
	}
	return string(s)
}

func seeOther(w http.ResponseWriter, r *http.Request, to string) error {
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (p *pages) accountRoutes() []route {
	return []route{
		{"GET", "/account", access.OwnAccount, p.account},
		{"GET", "/account/once", access.OwnAccount, p.accountOnce},
		{"POST", "/account/password", access.OwnAccount, p.changePassword},
		{"POST", "/account/recovery", access.OwnAccount, p.newRecovery},
		{"POST", "/account/sessions/end", access.OwnAccount, p.endSession},
		{"POST", "/account/tokens", access.TokensOwn, p.createToken},
		{"POST", "/account/tokens/revoke", access.TokensOwn, p.revokeToken},
		{"POST", "/account/passkeys/options", access.OwnAccount, p.passkeyOptions(access.MakePasskey)},
		{"POST", "/account/passkeys", access.OwnAccount, p.addPasskey},
		{"POST", "/account/passkeys/remove", access.OwnAccount, p.removePasskey},
	}
}
