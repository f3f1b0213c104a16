package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Passkey is what may be shown of a passkey. ID names it.
type Passkey struct {
	ID   string
	Name string
	Made time.Time
	Used time.Time // zero: never
}

// MaxPasskeys is how many an account has at most.
const MaxPasskeys = 20

func passkeyOf(k centraldb.Passkey) Passkey {
	p := Passkey{ID: hex.EncodeToString(k.ID), Name: k.Name, Made: time.Unix(0, k.CreatedAt).UTC()}
	if k.UsedAt != 0 {
		p.Used = time.Unix(0, k.UsedAt).UTC()
	}
	return p
}

// CanPasskey says whether browsers make passkeys for this host: they bind them to a
// name, never to an IP address. Host may have a port.
func CanPasskey(host string) bool {
	_, err := netip.ParseAddr(strings.Trim(nameOf(host), "[]"))
	return err != nil && nameOf(host) != ""
}

func nameOf(host string) string {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	return strings.ToLower(name)
}

// party is this site as browsers see it. They sign its name and origin, so an
// answer that was made for another site does not hold here.
func party(host string) (*webauthn.WebAuthn, error) {
	if !CanPasskey(host) {
		return nil, problem.New(problem.Invalid, "Passkeys need a site with a name, and this one is open by its IP address.",
			"Open it by its name, such as https://time.example.com, or https://localhost.")
	}
	w, err := webauthn.New(&webauthn.Config{
		RPID: nameOf(host), RPDisplayName: "Timepost", RPOrigins: []string{"https://" + strings.ToLower(host)},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
	})
	if err != nil {
		return nil, problem.New(problem.Invalid, "Passkeys do not work at this address.", "Use your password.").Because(err)
	}
	return w, nil
}

// bearer is an account as the library sees it. Its handle is stored on people's
// devices, so it is not the address.
type bearer struct {
	email string
	keys  []webauthn.Credential
}

func handleOf(email string) []byte {
	sum := sha256.Sum256([]byte("timepost/account/v1|" + email))
	return sum[:]
}

func (b bearer) WebAuthnID() []byte                         { return handleOf(b.email) }
func (b bearer) WebAuthnName() string                       { return b.email }
func (b bearer) WebAuthnDisplayName() string                { return b.email }
func (b bearer) WebAuthnCredentials() []webauthn.Credential { return b.keys }

func (a *Access) bearer(ctx context.Context, email string) (bearer, error) {
	rows, err := a.store.Passkeys(ctx, email)
	if err != nil {
		return bearer{}, err
	}
	b := bearer{email: email}
	for _, r := range rows {
		k, err := credentialOf(r)
		if err != nil {
			return bearer{}, err
		}
		b.keys = append(b.keys, k)
	}
	return b, nil
}

func credentialOf(k centraldb.Passkey) (webauthn.Credential, error) {
	var c webauthn.Credential
	if err := json.Unmarshal([]byte(k.Credential), &c); err != nil {
		return c, problem.New(problem.Damaged, "A stored passkey can't be read.", "Remove it, and make a new one.").Because(err)
	}
	return c, nil
}

// AddPasskey stores the passkey that a browser has made in a ceremony of MakePasskey.
// Errors: problem.Invalid, problem.Conflict, problem.Expired.
func (a *Access) AddPasskey(ctx context.Context, secret, ceremony, name string, answer []byte) error {
	who, err := a.Session(ctx, secret)
	if err != nil {
		return err
	}
	open, err := a.open.take(ceremony, MakePasskey, secret, a.now())
	if err != nil {
		return err
	}
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 100 || strings.ContainsFunc(name, unicode.IsControl) {
		return problem.New(problem.Invalid, "A passkey needs a name of at most 100 bytes.", "Name the device that holds it.").With("field", "name")
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return errPasskey(err)
	}
	site, err := party(open.host)
	if err != nil {
		return err
	}
	made, err := site.CreateCredential(bearer{email: who.Email}, open.data, parsed)
	if err != nil {
		return errPasskey(err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("encode passkey: %w", err)
	}
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := who.unchanged(ctx, tx); err != nil {
			return err
		}
		k := centraldb.Passkey{ID: made.ID, Email: who.Email, Name: name, Credential: string(text), CreatedAt: a.now().UnixNano()}
		if err := tx.AddPasskey(ctx, k); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "passkey.create", who.Email, map[string]any{"name": name})
	})
}

// RemovePasskey removes one of who's passkeys; problem.NotFound, problem.Forbidden
// where who is not fresh.
func (a *Access) RemovePasskey(ctx context.Context, who Identity, id string) error {
	if err := a.stale(who); err != nil {
		return err
	}
	raw, err := hex.DecodeString(id)
	if err != nil {
		return problem.New(problem.NotFound, "There is no such passkey.", "Look at the list again.").Because(err)
	}
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.RemovePasskey(ctx, who.Email, raw); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "passkey.remove", who.Email, map[string]any{"passkey": id})
	})
}

func errPasskey(err error) error {
	return problem.New(problem.Unauthenticated, "This passkey does not hold here.", "Try again, or use your password.").Because(err)
}
