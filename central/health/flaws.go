package health

import (
	"fmt"

	"github.com/timepost/timepost/store/centraldb"
)

// The kinds of what is wrong with the chain of a kiosk's journal.
const (
	Altered   Kind = centraldb.FlawAltered
	Gap       Kind = centraldb.FlawGap
	Rollback  Kind = centraldb.FlawRollback
	Fork      Kind = centraldb.FlawFork
	Rewritten Kind = centraldb.FlawRewritten
)

// thenSay ends what to do about a flaw: nothing else ends it.
const thenSay = " Then say on its page that you have looked into it."

// flaws finds what nobody has looked into, one finding for each kind: the newest, and
// how many other journals have one.
func flaws(s Subject) []Finding {
	var out []Finding
	for _, kind := range []Kind{Rewritten, Fork, Gap, Rollback, Altered} {
		var newest centraldb.Flaw
		n := 0
		for _, f := range s.Flaws {
			if f.Kind != string(kind) {
				continue
			}
			if n++; f.LastAt >= newest.LastAt {
				newest = f
			}
		}
		if n == 0 {
			continue
		}
		f := FlawWords(newest)
		if n > 1 {
			f.Words += " The same was found in " + plural(n-1, "other journal", "other journals") + " of it."
		}
		out = append(out, f)
	}
	return out
}

// FlawWords says what a flaw is and what to do about it.
func FlawWords(f centraldb.Flaw) Finding {
	out := Finding{Kind: Kind(f.Kind), Severity: Critical}
	switch out.Kind {
	case Rewritten:
		out.Words = "What it had sent before was changed there afterwards, and signed with its own key."
		out.Next = "What came here first counts; nothing here was changed. Somebody has the kiosk's key: make a new code on its page, set it up anew, and look at what it recorded lately."
	case Fork:
		out.Words = "From " + numbers(f.From, 0) + " on it recorded something else than it had sent: an older copy of its card went on."
		out.Next = "Both are kept: what came first counts, the rest waits under Review. Find out who put the old copy in, and keep one card in service; if there may be two, make a new code."
	case Gap:
		out.Words = "Missing: " + numbers(f.From, f.To) + ". The kiosk no longer has them, and they never came here."
		if f.From == 0 {
			out.Words = "Its file of records was gone; it began a new one."
		}
		out.Next = "Ask who punched there at that time, and add what is missing on the page Punches. Find out who took records away, or whether the card is failing."
	case Rollback:
		out.Severity = Warning
		out.Words = "It was set back to an older copy of itself, without " + numbers(f.From, f.To) + " that it had sent."
		out.Next = "Nothing is lost here, and it goes on in a new journal. Somebody put an old card or image in: find out who. If nobody did, make a new code and set it up anew."
	case Altered:
		out.Severity = Warning
		out.Words = "Changed after they were recorded: " + numbers(f.From, f.To) + "."
		if f.From == 0 {
			out.Words = "It found its file of records damaged, and began a new one."
		}
		out.Next = "What can still be read waits under Review. Its card is failing, or somebody changed the file: replace the card, and find out who had the machine in hands."
	}
	out.Next += thenSay
	return out
}

func numbers(from, to uint64) string {
	if to <= from {
		return fmt.Sprintf("record %d", from)
	}
	return fmt.Sprintf("records %d to %d", from, to)
}
