package wire_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/sync/record"
	"github.com/timepost/timepost/sync/wire"
)

// bodyValue is what one frozen body says.
type bodyValue struct{ value any }

// empty gives a pointer to decode into, deref what it points to.
func (b bodyValue) empty() any      { return reflect.New(reflect.TypeOf(b.value)).Interface() }
func (b bodyValue) deref(p any) any { return reflect.ValueOf(p).Elem().Interface() }

// bodies are what the frozen messages say, in the file's order.
func bodies(t testing.TB, f messageFile) []bodyValue {
	t.Helper()
	var journal record.JournalID
	for i := range journal {
		journal[i] = 0xa0 + byte(i)
	}
	// The records and the keyset have frozen files of their own; here they are
	// read from the message, and the other way is what this file checks.
	var batch wire.Records
	if err := json.Unmarshal(f.Messages[0].Body, &batch); err != nil {
		t.Fatal(err)
	}
	if batch.Journal != journal || batch.From != 1 || len(batch.Entries) != 8 {
		t.Fatalf("frozen batch is %s from %d, %d entries", batch.Journal, batch.From, len(batch.Entries))
	}
	var keyset struct{ Keyset wire.Keyset }
	if err := json.Unmarshal(f.Messages[6].Body, &keyset); err != nil {
		t.Fatal(err)
	}
	head := batch.Entries[7].Hash
	ack := wire.Ack{Gen: 2, Journal: journal, Through: 8, Hash: head, Credits: 1000}
	const now = 1790000000123456789
	return []bodyValue{
		{batch},
		{wire.Hello{
			Versions: wire.Versions{1}, Software: "0.1.0", Journal: journal, Head: 8, HeadHash: head, Oldest: 1,
			Gen: 2, Roster: 17, Keyset: 1, Queue: 8, Real: now,
		}},
		{wire.Pull{Gen: 2, Version: 17, Hash: "00ff"}},
		{wire.Pull{}},
		{ack},
		{wire.Ack{Gen: 2, Journal: journal, Through: 7, Hash: batch.Entries[6].Hash, Reopen: true}},
		{wire.Welcome{Versions: wire.Versions{1}, Gen: 2, Ack: ack, Roster: 18, Keyset: &keyset.Keyset, FleetSize: 20, Real: now + 1e8}},
		{page(t)},
		{wire.Refetch{Gen: 2, Version: 18}},
		{wire.PresencePage{Gen: 2, Journal: journal, AsOf: 8, Rows: []wire.PresenceRow{
			{Person: "p-0001", State: "in", Since: 1790000000000000000, Project: "roof", Kiosk: "yard"},
			{Person: "p-0002", State: "out", Since: 1789999999000000000},
		}}},
		{wire.Unsupported{Type: "dance", Versions: wire.Versions{1}}},
	}
}

// page has a row of every kind and a name of every awkward letter.
func page(t testing.TB) wire.Page {
	t.Helper()
	sealed := make([]byte, 96)
	for i := range sealed {
		sealed[i] = byte(i)
	}
	return wire.Page{Gen: 2, From: 17, To: 18, Parts: 1, Rows: []wire.Row{
		{Kind: wire.KindPerson, ID: "p-0009"},
		row(t, wire.KindPerson, "p-0001", wire.PersonRow{
			Person: attendance.Person{
				ID: "p-0001", StaffNo: "1042", Name: "Zoë <O'Neil> & Co\u2028x", Team: "Roof",
				Role: attendance.Regular, Lang: "de", Zone: "Europe/Berlin", Active: true,
			},
			Listed: true, PIN: &wire.SealedPIN{Version: 3, Len: 4, Sealed: sealed}, UnlockVersion: 2,
			Projects: []string{"roof"}, Default: "roof",
		}),
		row(t, wire.KindUniversal, "front-door", wire.UniversalRow{PIN: wire.SealedPIN{Version: 1, Len: 4, Sealed: []byte{0, 1, 2}}}),
		row(t, wire.KindProject, "roof", wire.ProjectRow{ID: "roof", Name: "Roof & <gutter>"}),
		row(t, wire.KindSettings, "kiosk", wire.SettingsRow{
			OrgName: "Acme <Bau> & Söhne", KioskName: "Front door",
			Zone: "Europe/Berlin", RequiresPIN: true, Schedule: "@every 1m", Mode: "live",
		}),
	}}
}

func row(t testing.TB, kind, id string, put any) wire.Row {
	t.Helper()
	r, err := wire.PutRow(kind, id, put)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
