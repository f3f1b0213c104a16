package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/timepost/timepost/central/client"
	"golang.org/x/sync/errgroup"
)

// The fleet that a new PIN travels to.
const (
	fleetSize  = 500
	fleetTeams = 50 // of 20 people, each on 10 kiosks
	newPINs    = 30 // of a regular person
	ownerPINs  = 5  // of an owner, who is on every kiosk
)

// benchFleet measures from the call that makes a new PIN to the kiosk that knows
// it: hashed, sealed to each kiosk, signed, sent, verified, opened and on disk.
func benchFleet(ctx context.Context) (s section, err error) {
	s = section{
		Title: fmt.Sprintf("A new PIN, %d kiosks connected", fleetSize),
		Note: fmt.Sprintf("From the REST call to the kiosk's commit: bcrypt at cost 10, a seal for each kiosk, signed page, embedded broker with mutual TLS, verified, seal opened, committed with synchronous=FULL. "+
			"Central is the real program; the kiosks are kioskd's own parts with journal and cache on disk, all %d in one process on the same cores. %d people, in teams that use 10 kiosks each. Reported, with an aim of 2 s.", fleetSize, fleetTeams*20),
	}
	dir, err := os.MkdirTemp("", "fleet")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	if err := buildCentrals(ctx, dir); err != nil {
		return s, err
	}
	home := filepath.Join(dir, "home")
	if err := foundEmpty(ctx, dir, home); err != nil {
		return s, err
	}
	c, err := startCentral(ctx, filepath.Join(dir, "central"), home, "")
	if err != nil {
		return s, err
	}
	defer c.stop()
	api, err := client.New(client.Config{Server: c.web, CAFile: filepath.Join(home, "keys", "ca.crt")})
	if err != nil {
		return s, err
	}
	token, err := api.Login(ctx, pageOwner, pagePassword, "bench")
	if err != nil {
		return s, err
	}
	if api, err = client.New(client.Config{Server: c.web, CAFile: filepath.Join(home, "keys", "ca.crt"), Token: token.Token}); err != nil {
		return s, err
	}
	f := newKioskFleet(dir, filepath.Join(home, "keys", "ca.crt"))
	if err := raise(ctx, api, f, fleetSize); err != nil {
		return s, errors.Join(err, f.stop())
	}
	s.Rows, err = f.measure(ctx, api)
	return s, errors.Join(err, f.stop())
}

// kiosks is where kiosks run.
type kiosks interface {
	add(ctx context.Context, code string) error // enrols and starts one
	connected() int
}

// raise makes people and so many kiosks, and brings every kiosk up.
func raise(ctx context.Context, api *client.Client, f kiosks, size int) error {
	var csv bytes.Buffer
	fmt.Fprintln(&csv, "name,staff_no,team,role")
	for i := range fleetTeams * 20 {
		fmt.Fprintf(&csv, "Person %04d,%d,Team %d,\n", i, 1000+i, i%fleetTeams)
	}
	fmt.Fprintln(&csv, "The Owner,1,,owner")
	if _, err := api.ImportPeople(ctx, &csv, false); err != nil {
		return err
	}
	var several errgroup.Group
	several.SetLimit(4)
	for i := range size {
		several.Go(func() error {
			k, err := api.CreateKiosk(ctx, client.NewKiosk{Name: fmt.Sprintf("Kiosk %04d", i)})
			if err != nil {
				return err
			}
			if _, err := api.Assign(ctx, k.ID, client.Assignments{Teams: []string{fmt.Sprintf("Team %d", i%fleetTeams)}}); err != nil {
				return err
			}
			code, err := api.EnrolmentCode(ctx, k.ID)
			if err != nil {
				return err
			}
			return f.add(ctx, code.URL)
		})
	}
	if err := several.Wait(); err != nil {
		return err
	}
	err := until(ctx, 10*time.Minute, func() bool {
		h, err := api.Hashing(ctx)
		return err == nil && h.Pending == 0 && f.connected() == size
	})
	if err != nil {
		return fmt.Errorf("wait for %d kiosks (%d are there): %w", size, f.connected(), err)
	}
	return pause(ctx, 5*time.Second) // the last rosters are on their way
}

// measure gives new PINs to regular people and to the owner.
func (f *kioskFleet) measure(ctx context.Context, api *client.Client) ([]row, error) {
	found, err := api.People(ctx, client.PeopleQuery{Search: "The Owner"})
	if err != nil {
		return nil, err
	}
	page, err := api.People(ctx, client.PeopleQuery{Limit: newPINs})
	if err != nil {
		return nil, err
	}
	if len(found.People) != 1 || len(page.People) < newPINs {
		return nil, errors.New("the people are not there")
	}
	owner, regular := found.People[0], page.People
	var one, every []time.Duration
	for i := range newPINs {
		took, err := f.renew(ctx, api, regular[i].ID, fleetSize/fleetTeams)
		if err != nil {
			return nil, err
		}
		one = append(one, took...)
	}
	for range ownerPINs {
		took, err := f.renew(ctx, api, owner.ID, fleetSize)
		if err != nil {
			return nil, err
		}
		every = append(every, took...)
	}
	return []row{
		figure("a regular person's, on each of their 10 kiosks, p50", percentile(one, 0.5), 0, "s"),
		figure("the same, p99", percentile(one, 0.99), 0, "s"),
		figure(fmt.Sprintf("an owner's, on each of the %d kiosks, p50", fleetSize), percentile(every, 0.5), 0, "s"),
		figure("the same, p99", percentile(every, 0.99), 0, "s"),
	}, nil
}
