package admin

import (
	"strconv"
	"strings"

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
	case centraldb.Newcomer:
		return "Somebody who is not listed"
	case centraldb.TakenBack:
		return "Punch that somebody took back"
	}
	late := i.Kind == centraldb.Deposited || i.Kind == centraldb.Salvaged
	switch {
	case late && i.Type == string(record.Request):
		return "Request for a missing punch that came in late"
	case late && i.Claim != nil:
		return "Punch that came in late"
	case late && i.Type != "":
		return "Came in late: " + recordWord(i.Type)
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
	case record.Request:
		return "a request for a punch"
	case record.Void:
		return "a punch taken back"
	case record.Unlisted:
		return "a punch of somebody not listed"
	case record.MessageRead:
		return "a message that was read"
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
	case centraldb.Newcomer:
		return "They typed their name at the kiosk, because it was not on the list."
	case centraldb.TakenBack:
		return takebackWhy(i.Reason)
	case centraldb.Fork:
		return "The kiosk sent another record with the same number before: it may have been set back to an older copy."
	case centraldb.Deposited:
		return lateWhy("The kiosk handed it in after it had been revoked or enrolled anew.", i.Reason)
	case centraldb.Salvaged:
		return lateWhy("It comes from a journal of the kiosk that was closed, damaged or set back, and was not sent in time.", i.Reason)
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

// lateWhy adds to where a late record comes from what is wrong with it.
func lateWhy(from, reason string) string {
	switch by, taken := strings.CutPrefix(reason, centraldb.LateTakenBack); {
	case taken:
		return from + " Its person took it back within the minute: record " + by + " says so."
	case record.Fault(reason) == record.Unsigned:
		return from + " It does not carry the signature of any key this kiosk has had."
	case record.Fault(reason) == record.Altered:
		return from + " It was changed after the kiosk had recorded it."
	case record.Fault(reason) == record.Malformed:
		return from + " It is not what a kiosk writes."
	}
	return from
}

// takebackWhy says what is in the way of a takeback.
func takebackWhy(why string) string {
	switch why {
	case centraldb.TakebackNotTheir:
		return "Somebody else took it back than the person whose punch it is."
	case centraldb.TakebackLate:
		return "It was taken back long after it was made; a kiosk allows one minute."
	case centraldb.TakebackFixed:
		return "An admin has corrected it before this arrived."
	}
	return "There is no such punch here."
}

// reviewAdvice says what to do with an item.
func reviewAdvice(i centraldb.ReviewItem) string {
	switch {
	case i.Kind == centraldb.Missing:
		return "Ask at the kiosk whether somebody clocked in or out then, and add those punches on the Punches page. Then acknowledge the gap."
	case i.Kind == centraldb.TakenBack && i.Claim != nil:
		return "The punch counts until you decide. Ask the person whether they were there."
	case i.Kind == centraldb.TakenBack:
		return "Nothing counts less or more by it. Look at the kiosk if there are several."
	case i.Kind == centraldb.Newcomer:
		return "It does not count until you decide. Add the person to the team first if they are new."
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
	case i.Kind == centraldb.TakenBack && i.Claim == nil:
		return []reviewChoice{{centraldb.ReviewRefuse, "Set it aside", "There is nothing that it could take back."}}
	case i.Kind == centraldb.TakenBack:
		return []reviewChoice{{centraldb.ReviewAccept, "Take it back", "The punch is voided."}, {centraldb.ReviewRefuse, "Keep the punch", "It stays as it is."}}
	case i.Claim == nil:
		return []reviewChoice{{centraldb.ReviewAccept, "Accept", "It is harmless."}, {centraldb.ReviewRefuse, "Refuse", "Nobody should rely on it."}}
	}
	accept := reviewChoice{centraldb.ReviewAccept, "It is right", "The punch is added as recorded."}
	refuse := reviewChoice{centraldb.ReviewRefuse, "It does not count", "It stays here, and counts for nobody."}
	if counts {
		accept.Hint, refuse.Hint = "The punch stays as it is.", "The punch is voided."
	}
	match := reviewChoice{centraldb.ReviewMatch, "It is somebody else’s", "The punch is added for them."}
	if i.Claim.Typed != "" {
		match.Text = "I know who it was"
	}
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
