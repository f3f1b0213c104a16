package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Accounts is what owners do with accounts. See package access for the errors.
type Accounts interface {
	Invite(ctx context.Context, actor string, n access.NewAccount) (access.Invited, error)
	Reset(ctx context.Context, actor, email string) (access.Invited, error)
	EditAccount(ctx context.Context, actor, email string, role attendance.Role, person string) error
	CloseAccount(ctx context.Context, actor, email string) error
	ReopenAccount(ctx context.Context, actor, email string) error
	AccountLists
}

// AccountLists reads accounts; Account answers problem.NotFound.
type AccountLists interface {
	List(ctx context.Context, f centraldb.LoginFilter) (page []access.Account, total int, err error)
	Account(ctx context.Context, email string) (access.Account, error)
}

func (a *API) createToken(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	email, password, ok := r.BasicAuth()
	if !ok {
		return problem.New(problem.Unauthenticated, "A token is made with e-mail and password.", "Use HTTP Basic authentication for this one call.")
	}
	var in client.NewToken
	if err := read(w, r, &in); err != nil {
		return err
	}
	who, err := a.Door.Verify(r.Context(), email, password, remote(r))
	if err != nil {
		return err
	}
	if !access.Allowed(who.Role, access.TokensOwn) {
		return problem.New(problem.Forbidden, "Your role does not allow this.", "Ask an owner.")
	}
	token, err := a.Door.CreateToken(r.Context(), who, access.NewToken{Name: in.Name, Scope: access.Scope(in.Scope), Expires: in.Expires})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, client.Token{Name: in.Name, Token: token})
}

func (a *API) tokens(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	list, err := a.Door.Tokens(r.Context(), who)
	if err != nil {
		return err
	}
	out := client.Tokens{Tokens: make([]client.TokenInfo, len(list))}
	for i, t := range list {
		out.Tokens[i] = client.TokenInfo{ID: t.ID, Name: t.Name, Scope: string(t.Scope), Created: t.CreatedAt, Used: t.UsedAt, Expires: t.Expires, Revoked: t.Revoked}
	}
	return answer(w, http.StatusOK, out)
}

func (a *API) revokeToken(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if err := a.Door.RevokeToken(r.Context(), who, r.PathValue("id")); err != nil {
		return err
	}
	return answer(w, http.StatusOK, struct{}{})
}

func (a *API) accounts(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	limit, err := number(r, "limit", 200, 1, 1000)
	if err != nil {
		return err
	}
	offset, err := number(r, "offset", 0, 0, 1<<30)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	closed, err := strconv.ParseBool(q.Get("closed"))
	if err != nil && q.Has("closed") {
		return problem.New(problem.Invalid, "The value of closed must be true or false.", "")
	}
	list, total, err := a.Door.List(r.Context(), centraldb.LoginFilter{
		Search: q.Get("search"), Role: attendance.Role(q.Get("role")), Closed: closed, Offset: offset, Limit: limit,
	})
	if err != nil {
		return err
	}
	out := client.Accounts{Accounts: make([]client.Account, len(list)), Total: total}
	for i, x := range list {
		out.Accounts[i] = accountOf(x)
	}
	return answer(w, http.StatusOK, out)
}

func accountOf(x access.Account) client.Account {
	return client.Account{
		Email: x.Email, Role: x.Role, Person: x.Person, PersonName: x.PersonName,
		Created: x.Created, Used: x.Used, Passkeys: x.Passkeys, Closed: x.Closed,
	}
}

// insist wants the caller's own password besides the token: a stolen token alone
// opens no further door.
func (a *API) insist(r *http.Request, who access.Identity, password string) error {
	if password == "" {
		return problem.New(problem.Invalid, "This needs your own password too.", "Send it as password.").With("field", "password")
	}
	return a.proved(r, who, password)
}

// inviteAccount makes a code for a new account.
func (a *API) inviteAccount(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.NewAccount
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := a.insist(r, who, in.Password); err != nil {
		return err
	}
	made, err := a.Door.Invite(r.Context(), who.Email, access.NewAccount{Email: in.Email, Role: in.Role, Person: in.Person})
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, client.Invited(made))
}

func (a *API) resetAccount(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.Proof
	if err := read(w, r, &in); err != nil {
		return err
	}
	if err := a.insist(r, who, in.Password); err != nil {
		return err
	}
	made, err := a.Door.Reset(r.Context(), who.Email, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, client.Invited(made))
}

func (a *API) editAccount(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	var in client.AccountEdit
	if err := read(w, r, &in); err != nil {
		return err
	}
	x, err := a.Door.Account(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := a.insist(r, who, in.Password); err != nil {
		return err
	}
	if in.Role != nil {
		x.Role = *in.Role
	}
	if in.Person != nil {
		x.Person = *in.Person
	}
	if err := a.Door.EditAccount(r.Context(), who.Email, x.Email, x.Role, x.Person); err != nil {
		return err
	}
	if in.Closed != nil {
		change := a.Door.ReopenAccount
		if *in.Closed {
			change = a.Door.CloseAccount
		}
		if err := change(r.Context(), who.Email, x.Email); err != nil {
			return err
		}
	}
	if x, err = a.Door.Account(r.Context(), x.Email); err != nil {
		return err
	}
	return answer(w, http.StatusOK, accountOf(x))
}

func (a *API) accessRoutes() []route {
	return []route{
		{"GET", "/tokens", access.TokensOwn, a.tokens},
		{"POST", "/tokens/{id}/revoke", access.TokensOwn, a.revokeToken},
		{"GET", "/accounts", access.AccountsEdit, a.accounts},
		{"POST", "/accounts", access.AccountsEdit, a.inviteAccount},
		{"PATCH", "/accounts/{id}", access.AccountsEdit, a.editAccount},
		{"POST", "/accounts/{id}/reset", access.AccountsEdit, a.resetAccount},
	}
}
