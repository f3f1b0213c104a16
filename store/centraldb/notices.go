package centraldb

import "context"

// The audiences of a notice.
const (
	ToOwners = "owners"
	ToAdmins = "admins" // owners too
)

// Notice tells people of something: it becomes a mail to each of the audience.
// It is written in the transaction of what it tells of.
type Notice struct {
	At       int64  // unix nanoseconds
	Kind     string // such as pin.forgotten
	Key      string // "": always; otherwise a notice with this key is written once
	Audience string
	Title    string // one line, without a person's PIN or anything else secret
	Body     string // plain text
	Path     string // of the page to go to, such as /team/p-0001; may be empty
}

// AddNotice writes a notice; one whose key is known already changes nothing.
func (t *Tx) AddNotice(ctx context.Context, n Notice) error {
	return exec(ctx, t.tx, nil, `INSERT INTO notices (at, kind, key, audience, title, body, path) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (key) WHERE key <> '' DO NOTHING`, n.At, n.Kind, n.Key, n.Audience, n.Title, n.Body, n.Path)
}
