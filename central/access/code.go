package access

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// Codes that people type are 80 bits, without letters that look like others
// (Crockford's base 32), in four groups.
const (
	codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLen     = 16
)

// RecoveryCodes is how many an account has.
const RecoveryCodes = 10

// newCode draws a code and gives it as people see it, and its hash.
func (a *Access) newCode() (text string, hash []byte, err error) {
	b := make([]byte, codeLen)
	if _, err := io.ReadFull(a.random, b); err != nil {
		return "", nil, fmt.Errorf("draw code: %w", err)
	}
	var s strings.Builder
	for i, x := range b {
		if i > 0 && i%4 == 0 {
			s.WriteByte('-')
		}
		s.WriteByte(codeLetters[x%32]) // 256 is a multiple of 32: no letter is likelier
	}
	return s.String(), hashSecret(foldCode(s.String())), nil
}

// foldCode gives a typed code as it is hashed: capitals without gaps, with letters
// that look like digits read as those; "" where it is no code.
func foldCode(typed string) string {
	var s strings.Builder
	for _, r := range strings.ToUpper(typed) {
		switch r {
		case ' ', '-', '–', '\t', '\r', '\n':
			continue
		case 'O':
			r = '0'
		case 'I', 'L':
			r = '1'
		}
		if !strings.ContainsRune(codeLetters, r) || s.Len() == codeLen {
			return ""
		}
		s.WriteRune(r)
	}
	if s.Len() != codeLen {
		return ""
	}
	return s.String()
}

// NewRecoveryCodes makes who's recovery codes anew; those from before open nothing
// any more. They are shown this once. problem.Forbidden where who is not fresh.
func (a *Access) NewRecoveryCodes(ctx context.Context, who Identity) ([]string, error) {
	if err := a.stale(who); err != nil {
		return nil, err
	}
	codes, hashes := make([]string, RecoveryCodes), make([][]byte, RecoveryCodes)
	for i := range codes {
		var err error
		if codes[i], hashes[i], err = a.newCode(); err != nil {
			return nil, err
		}
	}
	err := a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := who.unchanged(ctx, tx); err != nil {
			return err
		}
		if err := tx.SetRecoveryCodes(ctx, who.Email, hashes); err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, who.Email, "recovery.create", who.Email, map[string]any{"codes": len(codes)})
	})
	if err != nil {
		return nil, err
	}
	return codes, nil
}

// recover takes a recovery code in place of a password and tells the owners;
// problem.NotFound where it is none.
func (a *Access) recover(ctx context.Context, l centraldb.Login, typed, address string) error {
	code := foldCode(typed)
	if code == "" {
		return problem.New(problem.NotFound, "This is no recovery code.", "")
	}
	now := a.now().UnixNano()
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.UseRecoveryCode(ctx, l.Email, hashSecret(code), now); err != nil {
			return err
		}
		err := tx.AddNotice(ctx, centraldb.Notice{
			At: now, Kind: "recovery.used", Audience: centraldb.ToOwners, Path: "/accounts",
			Title: "A recovery code of " + l.Email + " was used",
			Body:  "Somebody came in as " + l.Email + " with a recovery code, from " + bucketOf(address) + ". If that was not them, close the account or reset it.",
		})
		if err != nil {
			return err
		}
		return a.audit.Record(ctx, tx, l.Email, "recovery.use", l.Email, map[string]any{"address": bucketOf(address)})
	})
}
