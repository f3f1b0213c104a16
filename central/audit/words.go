package audit

// Subject says what the subject of a row is.
type Subject string

// What subjects are.
const (
	NoSubject Subject = ""        // what stands there is not for people
	OfPerson  Subject = "person"  // the id of one
	OfKiosk   Subject = "kiosk"   // the id of one
	Named     Subject = "account" // an address or a name, readable as it is
)

// Kind is an action as people read it. The sentence is: actor, Did, the subject,
// Rest.
type Kind struct {
	Action  string
	Area    string // under which heading it is listed
	Label   string // in a list of actions
	Did     string
	Subject Subject
	Rest    string
}

// Words finds the words for actions by their names.
type Words map[string]Kind

// NewWords indexes Kinds: made once for a page, not once for each of its rows.
func NewWords() Words {
	w := Words{}
	for _, k := range Kinds() {
		w[k.Action] = k
	}
	return w
}

// Of gives the words for an action. One that has none yet is shown by its name.
func (w Words) Of(action string) Kind {
	if k, ok := w[action]; ok {
		return k
	}
	return Kind{Action: action, Area: "Other", Label: action, Did: "did " + action + ":", Subject: Named}
}

// Kinds lists the actions that have words, those of an area together.
func Kinds() []Kind {
	var all []Kind
	for _, part := range [][]Kind{peopleKinds(), kioskKinds(), punchKinds(), accountKinds(), serverKinds()} {
		all = append(all, part...)
	}
	return all
}

func peopleKinds() []Kind {
	const area = "People and PINs"
	return []Kind{
		{"person.create", area, "Person added", "added", OfPerson, ""},
		{"person.edit", area, "Person changed", "changed", OfPerson, ""},
		{"person.archive", area, "Person archived", "archived", OfPerson, ""},
		{"person.restore", area, "Person brought back", "brought back", OfPerson, ""},
		{"person.unlock", area, "Person unlocked", "unlocked", OfPerson, ""},
		{"person.export", area, "Person’s data exported", "exported the data of", OfPerson, ""},
		{"person.erase", area, "Person erased", "erased", OfPerson, ""},
		{"people.import", area, "People imported", "imported people", NoSubject, ""},
		{"people.undo", area, "Import undone", "undid an import", NoSubject, ""},
		{"people.import.undo", area, "Import undone", "undid an import of people", NoSubject, ""},
		{"team.create", area, "Team made", "made the team", Named, ""},
		{"team.rename", area, "Team renamed", "renamed the team", Named, ""},
		{"team.edit", area, "Team changed", "changed the team", Named, ""},
		{"team.manager", area, "Team’s manager changed", "changed the manager of the team", Named, ""},
		{"team.members", area, "Team’s members changed", "changed who is in the team", Named, ""},
		{"team.archive", area, "Team archived", "archived the team", Named, ""},
		{"team.restore", area, "Team brought back", "brought back the team", Named, ""},
		{"person.work", area, "Person’s projects and breaks changed", "changed the projects and breaks of", OfPerson, ""},
		{"project.create", area, "Project made", "made the project", Named, ""},
		{"project.rename", area, "Project renamed", "renamed the project", Named, ""},
		{"project.archive", area, "Project out of use", "took out of use the project", Named, ""},
		{"project.restore", area, "Project brought back", "brought back the project", Named, ""},
		{"project.kiosks", area, "Project’s kiosks changed", "changed the kiosks of the project", Named, ""},
		{"project.people", area, "Project’s people changed", "changed who has on their list the project", Named, ""},
		{"badge.add", area, "Badge added", "gave a badge to", OfPerson, ""},
		{"badge.remove", area, "Badge removed", "took a badge from", OfPerson, ""},
		{"pin.generate", area, "New PIN", "made a new PIN for", OfPerson, ""},
		{"pin.set", area, "PIN typed", "typed a new PIN for", OfPerson, ""},
		{"pin.dismiss", area, "PIN request dismissed", "dismissed the request for a new PIN of", OfPerson, ""},
		{"pin.refusals", area, "Too many PINs refused", "typed five PINs that were refused, and was stopped for an hour", NoSubject, ""},
		{"pins.length", area, "PIN length changed", "changed the length of PINs", NoSubject, ""},
		{"pins.broken", area, "PIN rules broken", "found PINs that break a rule", NoSubject, ""},
		{"pins.export", area, "PINs exported", "exported the assignees of", OfKiosk, "with their PINs"},
		{"pins.status", area, "PIN status exported", "exported the assignees of", OfKiosk, "without PINs"},
	}
}

func kioskKinds() []Kind {
	const area = "Kiosks"
	return []Kind{
		{"kiosk.create", area, "Kiosk made", "made the kiosk", OfKiosk, ""},
		{"kiosk.edit", area, "Kiosk changed", "changed the kiosk", OfKiosk, ""},
		{"kiosk.assign", area, "People of a kiosk changed", "changed who is on", OfKiosk, ""},
		{"kiosk.projects", area, "Projects of a kiosk changed", "changed the projects of", OfKiosk, ""},
		{"kiosk.code", area, "Code to set up a kiosk", "made a code to set up", OfKiosk, ""},
		{"kiosk.accept", area, "Kiosk let in", "let a machine in as", OfKiosk, ""},
		{"kiosk.reject", area, "Machine turned away", "turned a machine away that asked to be let in", NoSubject, ""},
		{"kiosk.enrol", area, "Kiosk set up", "was set up as", OfKiosk, ""},
		{"kiosk.renew", area, "Certificate renewed", "got a new certificate for", OfKiosk, ""},
		{"fleet_token.create", area, "Fleet token made", "made the fleet token", Named, "for many kiosks"},
		{"fleet_token.revoke", area, "Fleet token revoked", "revoked the fleet token", Named, ""},
		{"kiosk.readopt", area, "Kiosk taken back", "was taken back after a restore as", OfKiosk, ""},
		{"kiosk.cloned", area, "Copy of a kiosk found", "found the keys on two machines of", OfKiosk, ""},
		{"kiosk.flaws", area, "Flaws of a journal looked into", "has looked into what does not hold at", OfKiosk, ""},
		{"kiosk.revoke", area, "Kiosk revoked", "revoked", OfKiosk, ""},
		{"kiosk.command", area, "Command to a kiosk", "gave a command to", OfKiosk, ""},
		{"kiosk.command.cancel", area, "Command taken back", "took back a command to", OfKiosk, ""},
		{"kiosk.command.end", area, "Command ended", "ended a command of", OfKiosk, ""},
		{"kiosk.diagnostics", area, "Diagnostics handed in", "handed in diagnostics of", OfKiosk, ""},
		{"kiosk.diagnostics.read", area, "Diagnostics fetched", "fetched diagnostics of", OfKiosk, ""},
		{"message.post", area, "Message posted", "posted message", Named, "on the touchscreens"},
		{"message.end", area, "Message ended", "ended message", Named, "on the touchscreens"},
		{"universal.generate", area, "New Universal PIN", "made a new Universal PIN for", OfKiosk, ""},
		{"universal.set", area, "Universal PIN typed", "typed a new Universal PIN for", OfKiosk, ""},
	}
}

func punchKinds() []Kind {
	const area = "Punches"
	return []Kind{
		{"punch.add", area, "Punch added", "added punch", Named, ""},
		{"punch.correct", area, "Punch corrected", "corrected punch", Named, ""},
		{"punch.confirm", area, "Punch's time confirmed", "confirmed the time of punch", Named, ""},
		{"punch.void", area, "Punch voided", "voided punch", Named, ""},
		{"request.approve", area, "Request approved", "approved the request for a punch", Named, ""},
		{"request.refuse", area, "Request refused", "refused the request for a punch", Named, ""},
		{"review.match", area, "Review matched", "matched what was under review:", Named, ""},
		{"review.accept", area, "Review accepted", "accepted what was under review:", Named, ""},
		{"review.refuse", area, "Review refused", "refused what was under review:", Named, ""},
	}
}

func accountKinds() []Kind {
	const area = "Accounts"
	return []Kind{
		{"login", area, "Login", "logged in", NoSubject, ""},
		{"login.confirm", area, "Confirmed", "confirmed that it is them", NoSubject, ""},
		{"login.limited", area, "Logins slowed down", "slowed down logins for", Named, ""},
		{"account.create", area, "Account made", "made the account", Named, ""},
		{"account.invite", area, "Invitation", "invited", Named, ""},
		{"account.accept", area, "Invitation taken", "took up the invitation", NoSubject, ""},
		{"account.edit", area, "Account changed", "changed the account", Named, ""},
		{"account.reset", area, "Account reset", "made a code for a new password of", Named, ""},
		{"account.close", area, "Account closed", "closed the account", Named, ""},
		{"account.reopen", area, "Account reopened", "reopened the account", Named, ""},
		{"owner.code", area, "Code for an owner", "made a one-time code for an owner", NoSubject, ""},
		{"password.change", area, "Password changed", "changed their password", NoSubject, ""},
		{"passkey.create", area, "Passkey added", "added a passkey", NoSubject, ""},
		{"passkey.remove", area, "Passkey removed", "removed a passkey", NoSubject, ""},
		{"passkey.copied", area, "Passkey copied", "refused a copied passkey of", Named, ""},
		{"recovery.create", area, "Recovery codes made", "made new recovery codes", NoSubject, ""},
		{"recovery.use", area, "Recovery code used", "logged in with a recovery code", NoSubject, ""},
		{"session.end", area, "Session ended", "ended a session of", Named, ""},
		{"token.create", area, "API token made", "made an API token", NoSubject, ""},
		{"token.revoke", area, "API token revoked", "revoked an API token", NoSubject, ""},
	}
}

func serverKinds() []Kind {
	const area = "Organisation"
	return []Kind{
		{"settings.edit", area, "Settings changed", "changed the settings", NoSubject, ""},
		{"settings.logo", area, "Logo changed", "changed the logo on touchscreens", NoSubject, ""},
		{"audit.export", area, "Audit log exported", "exported the audit log", NoSubject, ""},
		{"webhook.settings", area, "Webhook changed", "changed where alerts are posted", NoSubject, ""},
		{"mail.settings", area, "Mail settings changed", "changed how mail is sent", NoSubject, ""},
		{"mail.test", area, "Test mail", "sent a test mail", NoSubject, ""},
		{"mail.retry", area, "Mail tried again", "had a mail tried again", NoSubject, ""},
		{"mail.drop", area, "Mail dropped", "dropped a mail", NoSubject, ""},
		{"keys.rotate", area, "Keys rotated", "rotated the data key", NoSubject, ""},
		{"keys.announce", area, "Next authority announced", "announced the next authority to kiosks", NoSubject, ""},
		{"keys.succeed", area, "Authority changed", "put the next authority in force", NoSubject, ""},
		{"keys.cancel", area, "Next authority cancelled", "took the announced authority back", NoSubject, ""},
		{"keys.message", area, "Message key replaced", "replaced the key that signs messages to kiosks", NoSubject, ""},
		{"keys.replace", area, "Keys replaced", "replaced the data key", NoSubject, ""},
		{"server.restore", area, "Server restored", "restored the server from a backup", NoSubject, ""},
	}
}
