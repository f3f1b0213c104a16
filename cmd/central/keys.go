package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/store/centraldb"
)

// The keys of the organisation's table under which it is noted which set of keys
// the database belongs to: a value that only the data key gives, the data key
// itself, wrapped, and the authority that its kiosks believe.
const (
	keyCheck     = "key_check"
	keyData      = "data_key"
	keyAuthority = "key_authority"
)

// Where a wrapping key may come from besides the keys folder: the environment,
// and the folder in which systemd puts credentials.
const (
	envDataKey     = "TIMEPOST_DATA_KEY"
	envCredentials = "CREDENTIALS_DIRECTORY"
	credential     = "data.key"
)

type keysCmd struct {
	Verify    keysVerifyCmd    `cmd:"" help:"Check that the keys open the database: every PIN is opened."`
	Rotate    keysRotateCmd    `cmd:"" help:"Replace the key that the data key is wrapped by; the server must be stopped."`
	Authority keysAuthorityCmd `cmd:"" help:"Replace the authority that kiosks and this server are known by, without visiting a kiosk."`
	Message   keysMessageCmd   `cmd:"" help:"Replace the key that signs what kiosks are told; the server must be stopped."`
	Replace   keysReplaceCmd   `cmd:"" help:"Go on after the wrapping key was lost: everybody gets a new PIN."`
}

// givenKeys finds wrapping keys outside the keys folder.
func givenKeys() ([]fleet.Wrapping, error) {
	var given []fleet.Wrapping
	if text := os.Getenv(envDataKey); text != "" {
		w, err := fleet.ParseWrapping([]byte(text), "$"+envDataKey)
		if err != nil {
			return nil, err
		}
		given = append(given, w)
	}
	if dir := os.Getenv(envCredentials); dir != "" {
		path := filepath.Join(dir, credential)
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			return given, nil // the unit has other credentials
		}
		if err != nil {
			return nil, fmt.Errorf("read credential: %w", err)
		}
		w, err := fleet.ParseWrapping(text, path)
		if err != nil {
			return nil, err
		}
		given = append(given, w)
	}
	return given, nil
}

// openKeys reads the keys; unlock makes them fit for the database.
func (p place) openKeys(more ...fleet.Wrapping) (*fleet.Keys, error) {
	given, err := givenKeys()
	if err != nil {
		return nil, err
	}
	return fleet.OpenKeys(p.keys(), append(more, given...)...)
}

// openDatabase opens the database that is there and makes none.
func (p place) openDatabase(ctx context.Context) (*centraldb.DB, error) {
	if _, err := os.Lstat(p.database()); errors.Is(err, os.ErrNotExist) {
		return nil, notSetUp(p.Data)
	}
	return centraldb.Open(ctx, p.database())
}

// openToRead opens the database that is there and changes nothing in it.
func (p place) openToRead(ctx context.Context) (*centraldb.DB, error) {
	if _, err := os.Lstat(p.database()); errors.Is(err, os.ErrNotExist) {
		return nil, notSetUp(p.Data)
	}
	return centraldb.OpenToRead(ctx, p.database())
}

// unlock makes sure that keys and database belong together: under other keys no
// PIN could be read and no kiosk would believe a word.
func unlock(ctx context.Context, db *centraldb.DB, keys *fleet.Keys) (centraldb.Organisation, error) {
	org, err := db.Organisation(ctx)
	if err != nil {
		return org, err
	}
	if org.ID != keys.Org {
		return org, fleet.NotTheseKeys(fmt.Errorf("check keys: they are of %s, the database is of %s", keys.Org, org.ID))
	}
	text, err := db.Meta(ctx, keyData)
	if err != nil {
		return org, err
	}
	if err := keys.Unlock(text); err != nil {
		return org, err
	}
	want, err := keys.Check()
	if err != nil {
		return org, err
	}
	noted, err := db.Meta(ctx, keyCheck)
	if err != nil {
		return org, err
	}
	if noted != want {
		return org, fleet.NotTheseKeys(errors.New("check keys: the data key is another one"))
	}
	return org, checkAuthority(ctx, db, keys)
}

// checkAuthority asks whether the authority is the one that kiosks believe, or follows it.
// Databases of the first version did not note it.
func checkAuthority(ctx context.Context, db *centraldb.DB, keys *fleet.Keys) error {
	noted, err := db.Meta(ctx, keyAuthority)
	if err != nil {
		return err
	}
	if noted != "" && noted != keys.Authority() && !keys.Was(noted) {
		return fleet.NotTheseKeys(errors.New("check keys: the authority is another one"))
	}
	return nil
}

// noteKeys writes which keys the database belongs to; text is the wrapped data key.
func noteKeys(ctx context.Context, tx *centraldb.Tx, keys *fleet.Keys, text string) error {
	check, err := keys.Check()
	if err != nil {
		return err
	}
	for _, kv := range [][2]string{{keyCheck, check}, {keyData, text}, {keyAuthority, keys.Authority()}} {
		if err := tx.SetMeta(ctx, kv[0], kv[1]); err != nil {
			return err
		}
	}
	return nil
}
