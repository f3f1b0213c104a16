package client

import (
	"time"

	"github.com/timepost/timepost/attendance"
)

// NewToken is the body of POST /tokens.
type NewToken struct {
	Name    string    `json:"name"`
	Scope   string    `json:"scope,omitempty"` // all, read or punches; all where it is missing
	Expires time.Time `json:"expires,omitzero"`
}

// Token is a fresh API token; the secret is given once.
type Token struct {
	Name  string `json:"name"`
	Token string `json:"token"`
}

// TokenInfo is what may be shown of a token. ID names it; it opens nothing.
type TokenInfo struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Scope   string    `json:"scope"`
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"`    // within an hour
	Expires time.Time `json:"expires,omitzero"` // missing: never
	Revoked bool      `json:"revoked"`
}

// Tokens is the caller's tokens, newest first.
type Tokens struct {
	Tokens []TokenInfo `json:"tokens"`
}

// Account is somebody's way into pages and API. The address is its id.
type Account struct {
	Email      string          `json:"email"`
	Role       attendance.Role `json:"role"`
	Person     string          `json:"person,omitempty"`
	PersonName string          `json:"person_name,omitempty"`
	Created    time.Time       `json:"created"`
	Used       time.Time       `json:"used,omitzero"`
	Passkeys   int             `json:"passkeys"`
	Closed     bool            `json:"closed"`
}

// Accounts is a page of accounts and how many there are in all.
type Accounts struct {
	Accounts []Account `json:"accounts"`
	Total    int       `json:"total"`
}

// NewAccount is the body of POST /accounts. Password is the caller's own.
type NewAccount struct {
	Email    string          `json:"email"`
	Role     attendance.Role `json:"role"`
	Person   string          `json:"person,omitempty"`
	Password string          `json:"password"`
}

// AccountEdit is the body of PATCH /accounts/{id}: what it names changes. Password
// is the caller's own.
type AccountEdit struct {
	Role     *attendance.Role `json:"role,omitempty"`
	Person   *string          `json:"person,omitempty"`
	Closed   *bool            `json:"closed,omitempty"`
	Password string           `json:"password"`
}

// Proof is the body of calls that need the caller's own password.
type Proof struct {
	Password string `json:"password"`
}

// Invited is a code with which somebody sets their password on the page /welcome;
// it is given once.
type Invited struct {
	Email   string    `json:"email"`
	Code    string    `json:"code"`
	Expires time.Time `json:"expires"`
}
