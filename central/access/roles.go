package access

import "github.com/timepost/timepost/attendance"

// Permission names one thing that a role may or may not do.
type Permission string

// The permissions.
const (
	PeopleRead   Permission = "people.read"
	PeopleWrite  Permission = "people.write"  // create, edit, archive, import, and see the PINs made by that
	OwnersWrite  Permission = "owners.write"  // the same for owners, and making one
	PINsWrite    Permission = "pins.write"    // type or generate a PIN
	KiosksRead   Permission = "kiosks.read"   //
	KiosksWrite  Permission = "kiosks.write"  // create, assign, enrol, revoke
	KiosksWipe   Permission = "kiosks.wipe"   // have a machine forget that it was a kiosk
	PunchesAll   Permission = "punches.all"   // everybody's punches and presence
	PunchesTeam  Permission = "punches.team"  // those of the own team
	PunchesOwn   Permission = "punches.own"   // the own record
	AuditRead    Permission = "audit.read"    //
	TokensOwn    Permission = "tokens.own"    // make and revoke own API tokens
	AccountsEdit Permission = "accounts.edit" // logins of others
	PINsExport   Permission = "pins.export"   // a kiosk's assignees with their PINs
	PunchesFix   Permission = "punches.fix"   // add, correct and void punches, decide on reviews
	SettingsEdit Permission = "settings.edit" // what holds for the whole organisation
	OwnAccount   Permission = "account.own"   // the own password, passkeys and sessions
)

// Allowed is the role table. What is not in it is refused.
func Allowed(role attendance.Role, p Permission) bool {
	switch role {
	case attendance.Owner:
		return known(p)
	case attendance.Admin:
		return known(p) && p != OwnersWrite && p != AccountsEdit && p != SettingsEdit && p != KiosksWipe
	case attendance.Manager:
		return p == PunchesTeam || p == PunchesOwn || p == OwnAccount
	case attendance.Regular:
		return p == PunchesOwn || p == OwnAccount
	default:
		return false
	}
}

func known(p Permission) bool {
	switch p {
	case PeopleRead, PeopleWrite, OwnersWrite, PINsWrite, KiosksRead, KiosksWrite, KiosksWipe,
		PunchesAll, PunchesTeam, PunchesOwn, AuditRead, TokensOwn, AccountsEdit,
		PINsExport, PunchesFix, SettingsEdit, OwnAccount:
		return true
	}
	return false
}
