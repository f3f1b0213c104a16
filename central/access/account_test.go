package access_test

import (
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// enters says whether a password opens an account.
func (w *world) enters(t *testing.T, email, password string) bool {
	t.Helper()
	_, _, err := w.Login(t.Context(), email, password, access.Visit{Address: home})
	if err != nil && !problem.Is(err, problem.Unauthenticated) {
		t.Fatal(err)
	}
	return err == nil
}

func (w *world) update(t *testing.T, f func(*centraldb.Tx) error) {
	t.Helper()
	if err := w.db.Update(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.update(t, func(tx *centraldb.Tx) error {
		return tx.AddPeople(t.Context(), []attendance.Person{{ID: "p-1", Name: "Bo", Role: attendance.Regular, Active: true}}, 1)
	})
	bo := access.NewAccount{Email: "Bo@acme.example", Role: attendance.Manager, Person: "p-1"}
	first, err := w.Invite(t.Context(), email, bo)
	if err != nil {
		t.Fatal(err)
	}
	made, err := w.Invite(t.Context(), email, bo)
	if err != nil || len(made.Code) != 19 || made.Expires.Sub(w.clock()) != access.InviteFor {
		t.Fatalf("%+v %v", made, err)
	}
	visit := access.Visit{Address: home}
	if _, _, err := w.Accept(t.Context(), first.Code, "", password, visit); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("an invitation that was replaced: %v", err)
	}
	if _, _, err := w.Accept(t.Context(), made.Code, "", "short", visit); !problem.Is(err, problem.Invalid) {
		t.Errorf("a short password: %v", err)
	}
	typed := strings.ToLower(strings.ReplaceAll(made.Code, "-", " "))
	typed = strings.NewReplacer("0", "o", "1", "l").Replace(typed) // as people misread them
	secret, who, err := w.Accept(t.Context(), typed, "eve@acme.example", password, visit)
	if err != nil || who.Email != "bo@acme.example" || who.Role != attendance.Manager || who.Person != "p-1" {
		t.Fatalf("%+v %v", who, err)
	}
	if got, err := w.Session(t.Context(), secret); err != nil || got.Person != "p-1" {
		t.Fatalf("%+v %v", got, err)
	}
	if _, _, err := w.Accept(t.Context(), made.Code, "", password, visit); !problem.Is(err, problem.Used) {
		t.Errorf("twice: %v", err)
	}
	if !w.enters(t, "bo@acme.example", password) {
		t.Error("the password does not open")
	}
	for _, bad := range []access.NewAccount{
		{Email: "bo@acme.example", Role: attendance.Admin},
		{Email: "cy@acme.example", Role: "king"},
		{Email: "cy", Role: attendance.Admin},
		{Email: "cy@acme.example", Role: attendance.Admin, Person: "p-1"},
		{Email: "cy@acme.example", Role: attendance.Admin, Person: "nobody"},
	} {
		if _, err := w.Invite(t.Context(), email, bad); err == nil || problem.From(err).Detail["field"] == nil {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	late, err := w.Invite(t.Context(), email, access.NewAccount{Email: "cy@acme.example", Role: attendance.Admin})
	if err != nil {
		t.Fatal(err)
	}
	w.pass(access.InviteFor + time.Second)
	if _, _, err := w.Accept(t.Context(), late.Code, "", password, visit); !problem.Is(err, problem.Expired) {
		t.Errorf("late: %v", err)
	}
}

// Whoever may read the server's disk makes a code that makes an owner, also of an
// account that was closed or was less; what it had opens no more.
func TestOwnerCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d, old := w.withPasskey(t), w.login(t)
	was, err := w.Session(t.Context(), old)
	if err != nil {
		t.Fatal(err)
	}
	codes, err := w.NewRecoveryCodes(t.Context(), was)
	if err != nil {
		t.Fatal(err)
	}
	made, err := w.OwnerCode(t.Context(), "central owner-code")
	if err != nil || made.Email != "" {
		t.Fatalf("%+v %v", made, err)
	}
	if _, _, err := w.Accept(t.Context(), made.Code, "nonsense", "another long sentence", access.Visit{Address: home}); !problem.Is(err, problem.Invalid) {
		t.Errorf("no address: %v", err)
	}
	_, who, err := w.Accept(t.Context(), made.Code, " ANN@acme.example", "another long sentence", access.Visit{Address: home})
	if err != nil || who.Role != attendance.Owner || who.Email != email {
		t.Fatalf("%+v %v", who, err)
	}
	if w.enters(t, email, password) || !w.enters(t, email, "another long sentence") {
		t.Error("the old password opens, or the new one does not")
	}
	if _, err := w.Session(t.Context(), old); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("the old session lives: %v", err)
	}
	id, options := w.ask(t, access.LoginPasskey, "")
	if _, _, err := w.LoginByPasskey(t.Context(), id, d.get(t, options), access.Visit{Address: home}); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("the old passkey opens: %v", err)
	}
	if w.enters(t, email, codes[0]) {
		t.Error("an old recovery code opens")
	}
	made, err = w.OwnerCode(t.Context(), "central owner-code")
	if err != nil {
		t.Fatal(err)
	}
	w.pass(access.OwnerFor + time.Second)
	if _, err := w.Invitation(t.Context(), made.Code, home); !problem.Is(err, problem.Expired) {
		t.Errorf("after a day: %v", err)
	}
}

func TestCodesAreNotGuessed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	limited := 0
	for range 35 {
		if _, err := w.Invitation(t.Context(), "0000-0000-0000-0000", "192.0.2.9"); problem.Is(err, problem.Limited) {
			limited++
		}
	}
	if limited != 5 {
		t.Errorf("%d of 35 were refused", limited)
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who, err := w.Session(t.Context(), w.login(t))
	if err != nil {
		t.Fatal(err)
	}
	codes, err := w.NewRecoveryCodes(t.Context(), who)
	if err != nil || len(codes) != access.RecoveryCodes {
		t.Fatalf("%v %v", codes, err)
	}
	if !w.enters(t, email, strings.ToLower(codes[0])) || w.enters(t, email, codes[0]) {
		t.Error("a recovery code opens once")
	}
	if _, err := w.Verify(t.Context(), email, codes[1], home); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a program comes in with a recovery code: %v", err)
	}
	if err := w.CreateLogin(t.Context(), "test", "bo@acme.example", attendance.Owner, password); err != nil {
		t.Fatal(err)
	}
	if w.enters(t, "bo@acme.example", codes[1]) {
		t.Error("somebody else's recovery code opens")
	}
	again, err := w.NewRecoveryCodes(t.Context(), who)
	if err != nil || w.enters(t, email, codes[1]) || !w.enters(t, email, again[1]) {
		t.Errorf("new codes do not end the old ones: %v", err)
	}
	w.pass(access.FreshFor + time.Second)
	if _, err := w.NewRecoveryCodes(t.Context(), who); !problem.Is(err, problem.Forbidden) {
		t.Errorf("codes for a session that is not fresh: %v", err)
	}
	if got := w.actions(t); !strings.Contains(got, "recovery.use") || strings.Contains(got, again[0]) {
		t.Errorf("audit: %s", got)
	}
}

func TestOwnPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.login(t), w.login(t)
	if err := w.ChangePassword(t.Context(), here, "not the password", "another long sentence", home); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("without the old one: %v", err)
	}
	if err := w.ChangePassword(t.Context(), here, password, "another long sentence", home); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Session(t.Context(), here); err != nil {
		t.Error("the session that changed it ended")
	}
	if _, err := w.Session(t.Context(), there); err == nil {
		t.Error("another session lives on")
	}
	if w.enters(t, email, password) {
		t.Error("the old password opens")
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	here, there := w.login(t), w.login(t)
	who, err := w.Session(t.Context(), here)
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Own(t.Context(), who, here)
	if err != nil || len(o.Sessions) != 2 {
		t.Fatalf("%+v %v", o, err)
	}
	for _, s := range o.Sessions {
		if strings.Contains(here+there, s.ID) {
			t.Error("the list shows a secret")
		}
		if s.Current {
			continue
		}
		if err := w.EndSession(t.Context(), access.Identity{Email: "bo@acme.example"}, s.ID); !problem.Is(err, problem.NotFound) {
			t.Errorf("somebody else ended it: %v", err)
		}
		if err := w.EndSession(t.Context(), who, s.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Session(t.Context(), there); err == nil {
		t.Error("an ended session lives")
	}
}

// A page that asks by itself does not keep a session alive.
func TestPeekingKeepsNothingAlive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.login(t)
	for range 6 {
		w.pass(5 * time.Minute)
		if _, err := w.Peek(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	w.pass(time.Minute)
	if _, err := w.Peek(t.Context(), s); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("a session lives on by being looked at: %v", err)
	}
}

func TestRolesAndClosing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, err := range []error{
		w.EditAccount(t.Context(), email, email, attendance.Admin, ""), w.CloseAccount(t.Context(), email, email),
	} {
		if !problem.Is(err, problem.Conflict) {
			t.Errorf("the last owner: %v", err)
		}
	}
	const bo = "bo@acme.example"
	if err := w.CreateLogin(t.Context(), "test", bo, attendance.Owner, password); err != nil {
		t.Fatal(err)
	}
	secret, who, err := w.Login(t.Context(), bo, password, access.Visit{Address: home})
	if err != nil {
		t.Fatal(err)
	}
	token, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "bo"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.EditAccount(t.Context(), email, bo, attendance.Regular, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Session(t.Context(), secret); err == nil {
		t.Error("a session lives on in the old role")
	}
	if who, err := w.Token(t.Context(), token); err != nil || who.Role != attendance.Regular {
		t.Errorf("a token goes on in the old role: %+v %v", who, err)
	}
	if err := w.CloseAccount(t.Context(), email, bo); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(t.Context(), token); err == nil || w.enters(t, bo, password) {
		t.Error("a closed account opens")
	}
	if _, err := w.Reset(t.Context(), email, bo); !problem.Is(err, problem.Conflict) {
		t.Errorf("a closed account is reset: %v", err)
	}
	if err := w.ReopenAccount(t.Context(), email, bo); err != nil || !w.enters(t, bo, password) {
		t.Errorf("reopened: %v", err)
	}
	if _, err := w.Token(t.Context(), token); err == nil {
		t.Error("a token opens again with its account")
	}
	reset, err := w.Reset(t.Context(), email, bo)
	if err != nil || !w.enters(t, bo, password) {
		t.Fatalf("%v", err)
	}
	if _, who, err := w.Accept(t.Context(), reset.Code, "", "another long sentence", access.Visit{Address: home}); err != nil || who.Role != attendance.Regular {
		t.Fatalf("%+v %v", who, err)
	}
	if w.enters(t, bo, password) {
		t.Error("the password from before the reset opens")
	}
	page, total, err := w.List(t.Context(), centraldb.LoginFilter{Search: "BO@", Limit: 10})
	if err != nil || total != 1 || page[0].Email != bo || page[0].Used.IsZero() {
		t.Errorf("%+v %d %v", page, total, err)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	type c struct {
		p     access.Permission
		reads bool
	}
	for scope, want := range map[access.Scope]map[c]bool{
		access.ScopeAll:     {{access.PeopleWrite, false}: true, {access.PINsExport, true}: true, {"", true}: false},
		access.ScopeRead:    {{access.PeopleRead, true}: true, {access.PeopleRead, false}: false, {access.PeopleWrite, false}: false, {access.PINsExport, true}: false, {access.PunchesAll, true}: true},
		access.ScopePunches: {{access.PunchesAll, true}: true, {access.PunchesFix, false}: false, {access.PeopleRead, true}: false, {access.PunchesOwn, true}: true},
		"":                  {{access.PunchesAll, true}: false},
		"everything":        {{access.PunchesAll, true}: false},
	} {
		for c, ok := range want {
			if got := scope.Covers(c.p, c.reads); got != ok {
				t.Errorf("%q %s, reads %v: %v", scope, c.p, c.reads, got)
			}
		}
	}
}

func TestTokensExpire(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	who := access.Identity{Email: email, Role: attendance.Owner}
	if _, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "x", Expires: w.clock()}); !problem.Is(err, problem.Invalid) {
		t.Errorf("expired from the beginning: %v", err)
	}
	if _, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "x", Expires: time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)}); !problem.Is(err, problem.Invalid) {
		t.Errorf("a day that can't be kept: %v", err)
	}
	if _, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "x", Scope: "some"}); !problem.Is(err, problem.Invalid) {
		t.Errorf("an unknown scope: %v", err)
	}
	text, err := w.CreateToken(t.Context(), who, access.NewToken{Name: "x", Scope: access.ScopeRead, Expires: w.clock().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.Token(t.Context(), text); err != nil || got.Scope != access.ScopeRead {
		t.Fatalf("%+v %v", got, err)
	}
	w.pass(time.Hour)
	if _, err := w.Token(t.Context(), text); !problem.Is(err, problem.Unauthenticated) {
		t.Errorf("an expired token opens: %v", err)
	}
}
