package e2e

import (
	"testing"
	"time"

	"github.com/timepost/timepost/central/client"
)

// TestMessagesReachTheKioskAndComeBack: what an admin writes is read after a receipt,
// by whom it is for and once; central counts who has read it.
func TestMessagesReachTheKioskAndComeBack(t *testing.T) {
	t.Parallel()
	c := newCentre(t)
	staff := importWithPINs(t, c, 2)
	ann, bob := staff[0], staff[1]
	w := enrolledClock(t, c, "Front Door", true)
	w.up(t)
	for _, m := range []client.NewMessage{{Audience: "all", Text: "Soup today"}, {Audience: "person", Subject: ann.ID, Text: "See Ben"}} {
		if _, err := c.api.PostMessage(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	shown := func(person, digits string) map[string]string {
		r, err := w.punchWith(t, person, digits, "")
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for _, m := range r.Messages {
			out[m.Text] = m.ID
			if err := w.local.Read(t.Context(), r.Ticket, m.ID); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	var got map[string]string
	eventually(t, 20*time.Second, "both are shown to Ann", func() bool {
		if got == nil {
			got = map[string]string{}
		}
		for text, id := range shown(ann.ID, ann.PIN) {
			if got[text] != "" {
				t.Errorf("%q is shown twice", text)
			}
			got[text] = id
		}
		return len(got) == 2
	})
	if again := shown(ann.ID, ann.PIN); len(again) != 0 {
		t.Errorf("shown again: %v", again)
	}
	if bobs := shown(bob.ID, bob.PIN); len(bobs) != 1 || bobs["Soup today"] == "" {
		t.Errorf("Bob is shown %v", bobs)
	}
	eventually(t, 20*time.Second, "central counts who has read them", func() bool {
		list, err := c.api.Messages(t.Context(), false, 0, 9)
		return err == nil && len(list.Messages) == 2 && list.Messages[0].Reads == 1 && list.Messages[1].Reads == 2
	})
}
