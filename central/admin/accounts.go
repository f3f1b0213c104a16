package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Accounts is what owners do with the accounts of others. See package access for
// the errors.
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

// accountsPage is how many accounts one page lists.
const accountsPage = 50

type accountsView struct {
	page
	Search string
	Role   attendance.Role
	Closed bool
	Roles  []attendance.Role
	Lines  []access.Account
	Total  int
	Prev   string
	Next   string
	Zone   *time.Location
	Done   string
}

func (p *pages) accounts(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	q := r.URL.Query()
	number, err := strconv.Atoi(q.Get("page"))
	if err != nil || number < 1 || number > 1_000_000 {
		number = 1 // a page that is none is the first
	}
	v := accountsView{
		page: p.page("Accounts", "settings", who), Search: q.Get("search"), Role: attendance.Role(q.Get("role")), Closed: q.Get("closed") != "",
		Roles: roles(), Zone: p.zone,
	}
	if q.Get("done") == "invited" {
		v.Done = "The invitation is out."
	}
	f := centraldb.LoginFilter{Search: v.Search, Role: v.Role, Closed: v.Closed, Limit: accountsPage, Offset: (number - 1) * accountsPage}
	if v.Lines, v.Total, err = p.Door.List(r.Context(), f); err != nil {
		return err
	}
	link := func(n int) string {
		next := url.Values{"page": {strconv.Itoa(n)}}
		for _, k := range []string{"search", "role", "closed"} {
			if q.Get(k) != "" {
				next.Set(k, q.Get(k))
			}
		}
		return "/accounts?" + next.Encode()
	}
	if number > 1 {
		v.Prev = link(number - 1)
	}
	if number*accountsPage < v.Total {
		v.Next = link(number + 1)
	}
	return p.show(w, http.StatusOK, "accounts", v)
}

// accountEditView is the page of one account, or of a new one.
type accountEditView struct {
	page
	Of      access.Account // zero: a new one
	New     bool
	Self    bool
	Email   string
	Role    attendance.Role
	Person  string // as typed: an id, a staff number, a name
	Roles   []attendance.Role
	Zone    *time.Location
	Problem *problem.Error
	Field   string
	Done    string
}

func (p *pages) accountEditView(who access.Identity, a access.Account) accountEditView {
	v := accountEditView{
		page: p.page(a.Email, "settings", who), Of: a, New: a.Email == "", Self: a.Email == who.Email,
		Email: a.Email, Role: a.Role, Person: a.PersonName, Roles: roles(), Zone: p.zone,
	}
	if v.New {
		v.page.Title, v.Role = "Invite somebody", attendance.Admin
	}
	return v
}

func (p *pages) inviteForm(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if ok, err := p.fresh(w, r, who, r.URL.RequestURI()); !ok {
		return err
	}
	v := p.accountEditView(who, access.Account{})
	v.Person = r.URL.Query().Get("person")
	return p.show(w, http.StatusOK, "account_edit", v)
}

func (p *pages) invite(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	if ok, err := p.fresh(w, r, who, "/accounts/new"); !ok {
		return err
	}
	n := access.NewAccount{Email: r.PostForm.Get("email"), Role: attendance.Role(r.PostForm.Get("role"))}
	var made access.Invited
	var err error
	if n.Person, err = p.whose(r); err == nil {
		made, err = p.Door.Invite(r.Context(), who.Email, n)
	}
	if err != nil {
		v := p.accountEditView(who, access.Account{})
		v.Email, v.Role, v.Person = n.Email, n.Role, r.PostForm.Get("person")
		return p.accountEditAgain(w, v, err)
	}
	return p.invited(w, r, made)
}

func (p *pages) invited(w http.ResponseWriter, r *http.Request, made access.Invited) error {
	return p.after(w, r, "/account/once", secretsView{
		Kind: "invitation", Codes: []string{made.Code}, Name: made.Email, Until: made.Expires.In(p.zone),
		Address: "https://" + r.Host + "/welcome", Back: "/accounts",
	})
}

// whose gives the id of the one person whom the form means by an id, a staff number
// or a name; "" for nobody.
func (p *pages) whose(r *http.Request) (string, error) {
	return p.meant(r.Context(), "person", r.PostForm.Get("person"))
}

// meant gives the id of the one person whom typed names in a field by an id, a
// staff number or a name; "" where nothing was typed.
func (p *pages) meant(ctx context.Context, field, typed string) (string, error) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", nil
	}
	found, total, err := p.Roll.TeamPage(ctx, centraldb.TeamFilter{Search: typed, Limit: 2})
	if err != nil {
		return "", err
	}
	for _, l := range found {
		if total == 1 || l.ID == typed || l.StaffNo == typed || l.Name == typed && found[0].Name != found[1].Name {
			return l.ID, nil
		}
	}
	if total == 0 {
		return "", problem.New(problem.Invalid, "There is nobody like this on the team.", "Write a name or a staff number.").With("field", field)
	}
	return "", problem.New(problem.Invalid, "There are "+strconv.Itoa(total)+" people like this.", "Write more of the name, or the staff number.").With("field", field)
}

// accountOf reads the account that the path names.
func (p *pages) accountOf(r *http.Request) (access.Account, error) {
	return p.Door.Account(r.Context(), r.PathValue("email"))
}

func (p *pages) accountEdit(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	a, err := p.accountOf(r)
	if err != nil {
		return err
	}
	v := p.accountEditView(who, a)
	switch r.URL.Query().Get("done") {
	case "saved":
		v.Done = "Saved."
	case "closed":
		v.Done = "Closed. Nobody comes in with this account any more."
	case "reopened":
		v.Done = "Open again, with the password and the passkeys that it had."
	}
	return p.show(w, http.StatusOK, "account_edit", v)
}

func (p *pages) accountEditAgain(w http.ResponseWriter, v accountEditView, err error) error {
	e := problem.From(err)
	if e.Code != problem.Invalid && e.Code != problem.Conflict {
		return err
	}
	v.Problem = e
	v.Field, _ = e.Detail["field"].(string)
	return p.show(w, e.Code.HTTPStatus(), "account_edit", v)
}

// onAccount gives the handler of a change to the account of the path, by somebody
// who has just shown who they are.
func (p *pages) onAccount(done string, change func(r *http.Request, who access.Identity, a access.Account) error) func(http.ResponseWriter, *http.Request, access.Identity) error {
	return func(w http.ResponseWriter, r *http.Request, who access.Identity) error {
		a, err := p.accountOf(r)
		if err != nil {
			return err
		}
		here := "/accounts/" + url.PathEscape(a.Email)
		if ok, err := p.fresh(w, r, who, here); !ok {
			return err
		}
		if err := change(r, who, a); err != nil {
			v := p.accountEditView(who, a)
			if role := r.PostForm.Get("role"); role != "" {
				v.Role, v.Person = attendance.Role(role), r.PostForm.Get("person")
			}
			return p.accountEditAgain(w, v, err)
		}
		return seeOther(w, r, here+"?done="+done)
	}
}

func (p *pages) saveAccount(r *http.Request, who access.Identity, a access.Account) error {
	person := a.Person // a name that stands there untouched may be another's too, or that of somebody archived
	if r.PostForm.Get("person") != a.PersonName {
		var err error
		if person, err = p.whose(r); err != nil {
			return err
		}
	}
	return p.Door.EditAccount(r.Context(), who.Email, a.Email, attendance.Role(r.PostForm.Get("role")), person)
}

func (p *pages) closeAccount(r *http.Request, who access.Identity, a access.Account) error {
	return p.Door.CloseAccount(r.Context(), who.Email, a.Email)
}

func (p *pages) reopenAccount(r *http.Request, who access.Identity, a access.Account) error {
	return p.Door.ReopenAccount(r.Context(), who.Email, a.Email)
}

func (p *pages) resetAccount(w http.ResponseWriter, r *http.Request, who access.Identity) error {
	a, err := p.accountOf(r)
	if err != nil {
		return err
	}
	if ok, err := p.fresh(w, r, who, "/accounts/"+url.PathEscape(a.Email)); !ok {
		return err
	}
	made, err := p.Door.Reset(r.Context(), who.Email, a.Email)
	if err != nil {
		return p.accountEditAgain(w, p.accountEditView(who, a), err)
	}
	return p.invited(w, r, made)
}

func (p *pages) accountsRoutes() []route {
	return []route{
		{"GET", "/accounts", access.AccountsEdit, p.accounts},
		{"GET", "/accounts/new", access.AccountsEdit, p.inviteForm},
		{"POST", "/accounts/new", access.AccountsEdit, p.invite},
		{"GET", "/accounts/{email}", access.AccountsEdit, p.accountEdit},
		{"POST", "/accounts/{email}", access.AccountsEdit, p.onAccount("saved", p.saveAccount)},
		{"POST", "/accounts/{email}/close", access.AccountsEdit, p.onAccount("closed", p.closeAccount)},
		{"POST", "/accounts/{email}/reopen", access.AccountsEdit, p.onAccount("reopened", p.reopenAccount)},
		{"POST", "/accounts/{email}/reset", access.AccountsEdit, p.resetAccount},
	}
}
