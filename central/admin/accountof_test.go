package admin_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// Whose account it is stays as it was where nobody touched the name on the form,
// also when others have that name, or only they do.
func TestAccountStaysItsPersons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const bo = "bo@acme.example"
	err := w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		err := tx.AddPeople(t.Context(), []attendance.Person{
			{ID: "p-bo", Name: "Bo Alt", Role: attendance.Regular, Active: true}, {ID: "p-other", Name: "Bo Alt", Role: attendance.Regular, Active: true},
		}, 1)
		if err != nil {
			return err
		}
		return tx.AddLogin(t.Context(), centraldb.Login{Email: bo, Role: attendance.Regular, Person: "p-bo", CreatedAt: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
	c := w.loggedIn()
	save := func(role string) {
		t.Helper()
		res, body := w.post(c, "/accounts/"+bo, url.Values{"role": {role}, "person": {"Bo Alt"}})
		if res.StatusCode != http.StatusSeeOther || !strings.Contains(res.Header.Get("Location"), "done=saved") {
			t.Fatalf("%s %s", res.Status, body)
		}
		if l, err := w.db.Login(t.Context(), bo); err != nil || l.Person != "p-bo" || string(l.Role) != role {
			t.Errorf("%+v %v", l, err)
		}
	}
	save("manager")
	err = w.db.Update(t.Context(), func(tx *centraldb.Tx) error {
		return tx.SetPerson(t.Context(), attendance.Person{ID: "p-bo", Name: "Bo Alt", Role: attendance.Regular})
	})
	if err != nil {
		t.Fatal(err)
	}
	save("regular")
}
