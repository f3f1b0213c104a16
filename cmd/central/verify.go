package main

import (
	"context"
	"fmt"
	"time"

	"github.com/timepost/timepost/central/audit"
	"github.com/timepost/timepost/central/ledger"
	"github.com/timepost/timepost/internal/problem"
)

type verifyCmd struct {
	place
	Quick bool `help:"Look at one signature for each run of records, which vouches for the others, rather than at each."`
	JSON  bool `name:"json" help:"Write the findings as JSON."`

	Witness string `type:"path" placeholder:"FILE" help:"Also hold the database to the lines of central serve --witness, kept on another machine: it must still contain all that it had."`
}

// Help is shown by central verify --help.
func (verifyCmd) Help() string {
	return `Checks all that a server has: who may read its files, that keys and database belong together, that every PIN opens and
keeps the rules, the pages and references of the database, the chain of each kiosk's records with their signatures, the
punches that were made of them, and the audit log. It changes nothing and may run beside the server. Run it after a restore.

  central verify --data /var/lib/timepost
  central verify --data /var/lib/timepost --json
  central verify --data /var/lib/timepost --witness witness.txt

Exit codes: 0 all is well, 65 something is damaged, 66 keys or database are missing, 75 the authority has run out, 77 others
may read the keys, or they are another database's.`
}

// Run verifies.
func (c *verifyCmd) Run(ctx context.Context, con *console) error {
	v := &verification{place: c.place, now: time.Now(), Damaged: []string{}, meter: newMeter(con.err), quick: c.Quick, witnessFile: c.Witness, places: map[string][]string{}}
	checks := append(v.keyChecks(), v.dataChecks()...)
	if c.Witness != "" {
		checks = append(checks, check{checkWitness, v.witnesses, false})
	}
	return v.tell(ctx, con, checks, c.JSON)
}

// The checks that name the places that do not hold.
const (
	checkRecords = "records"
	checkWitness = "witness"
)

// dataChecks stand on the database that was opened, and each for itself.
func (v *verification) dataChecks() []check {
	return []check{
		{"PIN rules", v.rules, false},
		{"tables", v.tables, false},
		{checkRecords, v.records, false},
		{"audit log", v.audit, false},
	}
}

func (v *verification) rules(ctx context.Context) (string, error) {
	found, err := inspect(ctx, v.db, v.Org, v.keys.Data)
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		return "", problem.New(problem.Damaged, fmt.Sprintf("%d times a PIN breaks a rule.", len(found)), "See which: central pins check --data "+v.place.Data)
	}
	return "all hold", nil
}

func (v *verification) tables(ctx context.Context) (string, error) {
	return "whole, and nothing refers to what is not there", v.db.Check(ctx)
}

func (v *verification) records(ctx context.Context) (string, error) {
	defer v.meter.end()
	r, err := ledger.Verify(ctx, v.db, ledger.Options{Org: v.Org, Quick: v.quick, Progress: v.meter.step("records")})
	if err != nil {
		return "", err
	}
	v.Ledger = &r
	for _, f := range r.Faults {
		v.places[checkRecords] = append(v.places[checkRecords], f.String())
	}
	if more := r.Broken - len(r.Faults); more > 0 {
		v.places[checkRecords] = append(v.places[checkRecords], fmt.Sprintf("and %d more", more))
	}
	journals := "journals"
	if r.Journals == 1 {
		journals = "journal"
	}
	return fmt.Sprintf("%d in %d %s, each follows from the one before and is signed; %d punches say what they say", r.Records, r.Journals, journals, r.Punches), r.Err()
}

func (v *verification) audit(ctx context.Context) (string, error) {
	head, err := audit.New(v.db, time.Now).Verify(ctx)
	return fmt.Sprintf("%d rows hold", head.Rows), err
}
