package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/timepost/timepost/central/fleet"
	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

type keysAuthorityCmd struct {
	Show     authorityShowCmd     `cmd:"" default:"withargs" help:"Show the authority, and how many kiosks know the next one."`
	Announce authorityAnnounceCmd `cmd:"" help:"Make the next authority, of which kiosks learn from then on; the server must be stopped."`
	Succeed  authoritySucceedCmd  `cmd:"" help:"Put the announced authority in force; the server must be stopped."`
	Cancel   authorityCancelCmd   `cmd:"" help:"Take the announced authority back; the server must be stopped."`
}

// Help is shown by central keys authority --help.
func (keysAuthorityCmd) Help() string {
	return `The authority signs the certificates of kiosks and of this server. Kiosks believe it and no other, so it changes in
two steps: the next one is announced, by a word that the present one has signed; when every kiosk has heard it, the
next one takes its place. Kiosks change over by themselves and get new certificates within seconds.

  central keys authority announce --data DIR     then start the server again
  central keys authority --data DIR              which kiosks have heard of it
  central keys authority succeed --data DIR      then start the server again

Begin half a year before the authority ends: it lives ten years. Between the two steps any time may pass.`
}

type authorityShowCmd struct {
	place
	JSON bool `name:"json" help:"Write it as JSON."`
}

// succession is how far a change of authority is.
type succession struct {
	Authority string       `json:"authority"` // SHA-256 of its certificate, hex
	Until     time.Time    `json:"until"`
	Next      string       `json:"next,omitempty"`
	Keyset    uint64       `json:"keyset"`
	Kiosks    int          `json:"kiosks"` // enrolled
	Informed  int          `json:"informed"`
	Waiting   []uninformed `json:"waiting"` // who has not got the keyset in force
}

type uninformed struct {
	Kiosk    string     `json:"kiosk"`
	Name     string     `json:"name"`
	LastSeen *time.Time `json:"last_seen"` // null: never
}

// Run shows it; it may run beside the server.
func (c *authorityShowCmd) Run(ctx context.Context, con *console) (err error) {
	keys, db, err := c.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s, err := successionOf(ctx, db, keys)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(con.out).Encode(s)
	}
	return s.tell(con)
}

// open reads the keys and opens the database they belong to.
func (p place) open(ctx context.Context) (*fleet.Keys, *centraldb.DB, error) {
	db, err := p.openDatabase(ctx)
	if err != nil {
		return nil, nil, err
	}
	keys, err := p.openKeys()
	if err == nil {
		_, err = unlock(ctx, db, keys)
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return keys, db, nil
}

func successionOf(ctx context.Context, db *centraldb.DB, keys *fleet.Keys) (succession, error) {
	s := succession{Authority: keys.Authority(), Until: keys.CA.NotAfter, Keyset: keys.Keyset().Version, Waiting: []uninformed{}}
	if keys.Next != nil {
		s.Next = fleet.AuthorityID(keys.Next)
	}
	all, err := db.Kiosks(ctx)
	if err != nil {
		return s, err
	}
	for _, k := range all {
		switch {
		case k.Status != centraldb.KioskEnrolled:
			continue
		case k.LastKeyset >= s.Keyset:
			s.Informed++
		default:
			u := uninformed{Kiosk: k.ID, Name: k.Name}
			if k.LastSeen != 0 {
				at := time.Unix(0, k.LastSeen).UTC()
				u.LastSeen = &at
			}
			s.Waiting = append(s.Waiting, u)
		}
		s.Kiosks++
	}
	return s, nil
}

func (s succession) tell(con *console) error {
	next := "none is announced"
	switch {
	case s.Next != "" && s.Informed == s.Kiosks:
		next = fmt.Sprintf("%s, known to every kiosk (%d)\n\n  Go on  stop the server, then: central keys authority succeed", s.Next[:16], s.Kiosks)
	case s.Next != "":
		next = fmt.Sprintf("%s, known to %d of %d kiosks", s.Next[:16], s.Informed, s.Kiosks)
	}
	err := con.say("In force   %s, until %s\nNext       %s", s.Authority[:16], s.Until.Format(time.DateOnly), next)
	if err != nil || s.Next == "" || len(s.Waiting) == 0 {
		return err
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nNOT YET\tNAME\tLAST SEEN (UTC)") // a tabwriter fails in Flush
	for _, u := range s.Waiting {
		seen := "never"
		if u.LastSeen != nil {
			seen = u.LastSeen.Format(time.DateTime)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", u.Kiosk, u.Name, seen)
	}
	return w.Flush()
}

type authorityAnnounceCmd struct{ place }

// Run announces.
func (c *authorityAnnounceCmd) Run(ctx context.Context, con *console) error {
	err := c.changeKeys(ctx, "keys.announce", func(keys *fleet.Keys, _ succession) (string, error) {
		return keys.Authority(), keys.Announce(time.Now())
	})
	if err != nil {
		return err
	}
	return con.say("The next authority is made, in %s.\n\n  Back it up    at once, with the other keys\n"+
		"  Start         the server: each kiosk learns of it in its next round\n  See who knows central keys authority --data %s",
		filepath.Join(c.keys(), fleet.NextCAFile), c.Data)
}

type authoritySucceedCmd struct {
	place
	Force bool `help:"Leave kiosks behind that have not heard of it: each of them must be enrolled again, at the machine."`
}

// Run puts the next authority in force.
func (c *authoritySucceedCmd) Run(ctx context.Context, con *console) error {
	err := c.changeKeys(ctx, "keys.succeed", func(keys *fleet.Keys, s succession) (string, error) {
		if keys.Next != nil && len(s.Waiting) > 0 && !c.Force {
			return "", problem.New(problem.Conflict, fmt.Sprintf("%d of %d kiosks do not know the next authority.", len(s.Waiting), s.Kiosks),
				"See which, and wait until they were connected: central keys authority. "+
					"Those that are gone for good, revoke; or leave them behind with --force.")
		}
		return s.Next, keys.Succeed(time.Now())
	})
	if err != nil {
		return err
	}
	return con.say("The next authority is in force.\n\n  Back it up     at once, with the other keys\n"+
		"  Start          the server: kiosks change over by themselves\n"+
		"  Browsers       and fleet have to trust %s from now on\n"+
		"  Enrolment      addresses and files that nobody has used name the old authority: make new ones\n"+
		"  Outside broker give it a certificate of the new authority", filepath.Join(c.keys(), fleet.CAFile))
}

type authorityCancelCmd struct{ place }

// Run takes it back.
func (c *authorityCancelCmd) Run(ctx context.Context, con *console) error {
	err := c.changeKeys(ctx, "keys.cancel", func(keys *fleet.Keys, _ succession) (string, error) {
		return keys.Authority(), keys.Cancel(time.Now())
	})
	if err != nil {
		return err
	}
	return con.say("The next authority is cancelled. Kiosks forget it in their next round after the server's start.")
}
