package access

import (
	"context"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// Listings reads accounts as lists show them; LoginLine answers problem.NotFound.
type Listings interface {
	Logins(ctx context.Context, f centraldb.LoginFilter) (page []centraldb.LoginLine, total int, err error)
	LoginLine(ctx context.Context, email string) (centraldb.LoginLine, error)
}

// Account is what may be shown of somebody's account.
type Account struct {
	Email      string
	Role       attendance.Role
	Person     string // people.id; "" where it is nobody's who clocks in
	PersonName string
	Created    time.Time
	Used       time.Time // zero: never
	Invited    time.Time // until when an open code sets its password; zero: there is none
	Passkeys   int
	Closed     bool
}

// List reads a page of accounts and how many the filter chooses in all.
func (a *Access) List(ctx context.Context, f centraldb.LoginFilter) ([]Account, int, error) {
	rows, total, err := a.store.Logins(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	out := make([]Account, len(rows))
	for i, l := range rows {
		out[i] = a.account(l)
	}
	return out, total, nil
}

// Account reads one account; problem.NotFound.
func (a *Access) Account(ctx context.Context, email string) (Account, error) {
	l, err := a.store.LoginLine(ctx, email)
	if err != nil {
		return Account{}, err
	}
	return a.account(l), nil
}

func (a *Access) account(l centraldb.LoginLine) Account {
	x := Account{
		Email: l.Email, Role: l.Role, Person: l.Person, PersonName: l.PersonName,
		Created: time.Unix(0, l.CreatedAt).UTC(), Passkeys: l.Passkeys, Closed: l.ClosedAt != 0,
	}
	if l.UsedAt != 0 {
		x.Used = time.Unix(0, l.UsedAt).UTC()
	}
	if l.Invited > a.now().UnixNano() {
		x.Invited = time.Unix(0, l.Invited).UTC()
	}
	return x
}
