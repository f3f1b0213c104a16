package admin

import (
	"strconv"

	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/record"
)

// reviewChoice is something that can be decided.
type reviewChoice struct{ Value, Text, Hint string }

// reviewTitle says what an item is.
func reviewTitle(i centraldb.ReviewItem) string {
	switch i.Kind {
	case centraldb.Missing:
		if i.To > i.Seq {
			return strconv.FormatUint(i.To-i.Seq+1, 10) + " records are missing"
		}
		return "A record is missing"
	case centraldb.Unlisted:
		return "Punch of somebody who is not on the team"
	}
	switch {
	case i.Claim != nil:
		return "Punch that does not count yet"
	case i.Type == "":
		return "Record that can’t be read"
	}
	return "Record that was set aside: " + recordWord(i.Type)
}

func recordWord(t string) string {
	switch record.Type(t) {
	case record.Opened:
		return "a new journal"
	case record.Boot:
		return "a start of the kiosk"
	case record.Lock:
		return "a guess limit"
	case record.RosterApplied:
		return "a new list of people"
	case record.Forgot:
		return "a request for a new PIN"
	}
	return t
}

// reviewWhy says why an item is there.
func reviewWhy(i centraldb.ReviewItem) string {
	switch i.Kind {
	case centraldb.Missing:
		return "The kiosk numbers what it records, and lost these before they came here."
	case centraldb.Unlisted:
		if i.Claim != nil && i.Claim.PersonName != "" {
			return "The person was archived before they punched. The kiosk had not heard of it."
		}
		return "The kiosk knew this person, and this server does not."
	case centraldb.Fork:
		return "The kiosk sent another record with the same number before: it may have been set back to an older copy."
	}
	switch record.Fault(i.Reason) {
	case record.Altered:
		return "It was changed after the kiosk had recorded it."
	case record.Unsigned:
		return "It does not carry the kiosk’s signature."
	case record.Malformed:
		return "It is not what a kiosk writes."
	}
	if i.Reason == "late" {
		return "It came after it had been written down as missing."
	}
	return "Set aside: " + i.Reason + "."
}

// reviewAdvice says what to do with an item.
func reviewAdvice(i centraldb.ReviewItem) string {
	switch {
	case i.Kind == centraldb.Missing:
		return "Ask at the kiosk whether somebody clocked in or out then, and add those punches on the Punches page. Then acknowledge the gap."
	case i.Kind == centraldb.Unlisted:
		return "It counts for that person until you decide. Ask who stood at the kiosk."
	case i.Claim != nil:
		return "It does not count until you decide. Ask the person whether they clocked then."
	}
	return "There is no punch in it that could count. Look at the kiosk, then say here what it was."
}

// reviewChoices gives what can be decided about an item.
func reviewChoices(i centraldb.ReviewItem) []reviewChoice {
	counts := i.Kind == centraldb.Unlisted
	switch {
	case i.Kind == centraldb.Missing:
		return []reviewChoice{{centraldb.ReviewAccept, "Acknowledge", "You know what happened."}}
	case i.Claim == nil:
		return []reviewChoice{{centraldb.ReviewAccept, "Accept", "It is harmless."}, {centraldb.ReviewRefuse, "Refuse", "Nobody should rely on it."}}
	}
	accept := reviewChoice{centraldb.ReviewAccept, "It is right", "The punch is added as recorded."}
	refuse := reviewChoice{centraldb.ReviewRefuse, "It does not count", "It stays here, and counts for nobody."}
	if counts {
		accept.Hint, refuse.Hint = "The punch stays as it is.", "The punch is voided."
	}
	match := reviewChoice{centraldb.ReviewMatch, "It is somebody else’s", "The punch is added for them."}
	if !counts && i.Claim.PersonName == "" {
		return []reviewChoice{match, refuse}
	}
	return []reviewChoice{accept, match, refuse}
}

func decisionWord(d string) string {
	switch d {
	case centraldb.ReviewMatch:
		return "Matched"
	case centraldb.ReviewAccept:
		return "Accepted"
	}
	return "Refused"
}
