package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Login trades an account's password for an API token.
func (c *Client) Login(ctx context.Context, email, password, name string) (Token, error) {
	return c.CreateToken(ctx, email, password, NewToken{Name: name})
}

// CreateToken does the same for a token that may do less, or ends by itself.
func (c *Client) CreateToken(ctx context.Context, email, password string, n NewToken) (Token, error) {
	var out Token
	req, err := jsonRequest(ctx, http.MethodPost, c.base+"/tokens", n)
	if err != nil {
		return out, err
	}
	req.SetBasicAuth(email, password)
	res, err := c.roundTrip(req)
	if err != nil {
		return out, err
	}
	err = decode(res.Body, &out)
	return out, joinClose(err, res.Body)
}

// PeopleQuery chooses a page of people.
type PeopleQuery struct {
	Search string
	Team   string
	Offset int
	Limit  int // 1 to 1000; 0: 200

	Archived bool // those who were archived instead of those who clock in
}

// People lists people in name order.
func (c *Client) People(ctx context.Context, q PeopleQuery) (People, error) {
	v := url.Values{}
	set(v, "search", q.Search)
	set(v, "team", q.Team)
	if q.Archived {
		v.Set("archived", "true")
	}
	setInt(v, "offset", q.Offset)
	setInt(v, "limit", q.Limit)
	var out People
	return out, c.call(ctx, http.MethodGet, "/people?"+v.Encode(), nil, &out)
}

// AddPerson makes one person; the answer holds their PIN.
func (c *Client) AddPerson(ctx context.Context, p NewPerson) (Person, error) {
	var out Person
	return out, c.call(ctx, http.MethodPost, "/people", p, &out)
}

// EditPerson changes what e names.
func (c *Client) EditPerson(ctx context.Context, id string, e PersonEdit) (ChangedPerson, error) {
	var out ChangedPerson
	return out, c.call(ctx, http.MethodPatch, "/people/"+url.PathEscape(id), e, &out)
}

// ArchivePerson takes a person off every kiosk; RestorePerson undoes it.
func (c *Client) ArchivePerson(ctx context.Context, id string) (ChangedPerson, error) {
	var out ChangedPerson
	return out, c.call(ctx, http.MethodPost, "/people/"+url.PathEscape(id)+"/archive", nil, &out)
}

// RestorePerson brings an archived person back; the answer holds the new PIN.
func (c *Client) RestorePerson(ctx context.Context, id string) (ChangedPerson, error) {
	var out ChangedPerson
	return out, c.call(ctx, http.MethodPost, "/people/"+url.PathEscape(id)+"/restore", nil, &out)
}

// UnlockPerson opens a person's PIN that failed attempts have locked on kiosks.
func (c *Client) UnlockPerson(ctx context.Context, id string) (ChangedPerson, error) {
	var out ChangedPerson
	return out, c.call(ctx, http.MethodPost, "/people/"+url.PathEscape(id)+"/unlock", nil, &out)
}

// SetPIN gives a person another PIN: pin, or a generated one where it is empty.
func (c *Client) SetPIN(ctx context.Context, id, pin string) (NewPIN, error) {
	var out NewPIN
	return out, c.call(ctx, http.MethodPost, "/people/"+url.PathEscape(id)+"/pin", SetPIN{PIN: pin}, &out)
}

// ImportPeople imports a CSV file: everybody, or nobody and every error. Row
// errors are in the answer, not in err.
func (c *Client) ImportPeople(ctx context.Context, csv io.Reader, dryRun bool) (Imported, error) {
	path := "/people/import"
	if dryRun {
		path += "?dry_run=true"
	}
	var out Imported
	return out, c.send(ctx, http.MethodPost, path, "text/csv", io.NopCloser(csv), &out) // closing is the caller's
}

// Hashing tells how far the background work on PINs is.
func (c *Client) Hashing(ctx context.Context) (Hashing, error) {
	var out Hashing
	return out, c.call(ctx, http.MethodGet, "/hashing", nil, &out)
}

// Kiosks lists all kiosks.
func (c *Client) Kiosks(ctx context.Context) ([]Kiosk, error) {
	var out Kiosks
	err := c.call(ctx, http.MethodGet, "/kiosks", nil, &out)
	return out.Kiosks, err
}

// CreateKiosk makes a kiosk; the answer holds its Universal PIN.
func (c *Client) CreateKiosk(ctx context.Context, k NewKiosk) (Kiosk, error) {
	var out Kiosk
	return out, c.call(ctx, http.MethodPost, "/kiosks", k, &out)
}

// EditKiosk changes the settings that e names.
func (c *Client) EditKiosk(ctx context.Context, kiosk string, e KioskEdit) (Kiosk, error) {
	var out Kiosk
	return out, c.call(ctx, http.MethodPatch, "/kiosks/"+url.PathEscape(kiosk), e, &out)
}

// RevokeKiosk takes a kiosk's identity away although punches may still be on it:
// whoever calls has been told. What it has sent stays.
func (c *Client) RevokeKiosk(ctx context.Context, kiosk string) (Kiosk, error) {
	var out Kiosk
	return out, c.call(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/revoke?force=true", nil, &out)
}

// SetUniversal gives a kiosk a Universal PIN: pin, or a generated one where it is
// empty. The answer shows it this once.
func (c *Client) SetUniversal(ctx context.Context, kiosk, pin string) (NewPIN, error) {
	var out NewPIN
	return out, c.call(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/universal-pin", SetUniversal{PIN: pin}, &out)
}

// Assign replaces who is listed at a kiosk.
func (c *Client) Assign(ctx context.Context, kiosk string, a Assignments) (Assigned, error) {
	var out Assigned
	return out, c.call(ctx, http.MethodPut, "/kiosks/"+url.PathEscape(kiosk)+"/assignments", a, &out)
}

// Assignments gives who is listed at a kiosk.
func (c *Client) Assignments(ctx context.Context, kiosk string) (Assignments, error) {
	var out Assignments
	return out, c.call(ctx, http.MethodGet, "/kiosks/"+url.PathEscape(kiosk)+"/assignments", nil, &out)
}

// ReplacementCode is EnrolmentCode although punches may still be on the kiosk's
// machine: whoever calls has been told.
func (c *Client) ReplacementCode(ctx context.Context, kiosk string) (Code, error) {
	var out Code
	return out, c.call(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/code?force=true", nil, &out)
}

// EnrolmentCode makes a fresh code for a kiosk; earlier ones end. problem.Conflict
// where the kiosk has a machine on which punches may still be.
func (c *Client) EnrolmentCode(ctx context.Context, kiosk string) (Code, error) {
	var out Code
	return out, c.call(ctx, http.MethodPost, "/kiosks/"+url.PathEscape(kiosk)+"/code", nil, &out)
}

// Punches gives one page of punches.
func (c *Client) Punches(ctx context.Context, f PunchFilter) (Punches, error) {
	var out Punches
	return out, c.call(ctx, http.MethodGet, "/punches?"+f.Values().Encode(), nil, &out)
}

// Now tells who is in, on a break or out.
func (c *Client) Now(ctx context.Context) (Now, error) {
	var out Now
	return out, c.call(ctx, http.MethodGet, "/now", nil, &out)
}

// Values gives the filter as a query string.
func (f PunchFilter) Values() url.Values {
	v := url.Values{}
	set(v, "person", f.Person)
	set(v, "kiosk", f.Kiosk)
	if !f.From.IsZero() {
		v.Set("from", f.From.UTC().Format(time.RFC3339Nano))
	}
	if !f.To.IsZero() {
		v.Set("to", f.To.UTC().Format(time.RFC3339Nano))
	}
	if f.Added {
		v.Set("added", "true")
	}
	if f.After != 0 {
		v.Set("after", strconv.FormatInt(f.After, 10))
	}
	setInt(v, "limit", f.Limit)
	return v
}

func set(v url.Values, key, value string) {
	if value != "" {
		v.Set(key, value)
	}
}

func setInt(v url.Values, key string, value int) {
	if value != 0 {
		v.Set(key, strconv.Itoa(value))
	}
}
