package pin

import "github.com/timepost/timepost/internal/problem"

// errRefused is the one answer to every forbidden PIN: saying which rule
// refused it would tell the caller somebody else's PIN.
func errRefused() error {
	return problem.New(problem.Conflict, "This PIN can't be used here.", "Choose another one, or let Timepost generate it.")
}

// CheckRepeated is rule P6: no PIN is one digit repeated.
func CheckRepeated(p PIN) error {
	d := p.Reveal()
	for i := 1; i < len(d); i++ {
		if d[i] != d[0] {
			return nil
		}
	}
	return errRefused()
}

// Others is what the rules need to know of the other PINs of an organisation,
// looked up inside the transaction that will write. Each function says whether
// the PIN is in use in that role by anybody but the subject. A check calls only
// those that its rules need, and panics where one of them is missing: a rule
// that is not asked must not pass.
type Others struct {
	Privileged        func(PIN) bool // some owner's or admin's personal PIN
	Regular           func(PIN) bool // some regular person's or manager's personal PIN
	Universal         func(PIN) bool // some kiosk's Universal PIN
	UniversalAssigned func(PIN) bool // personal: the Universal PIN of a kiosk the person is assigned to
	RegularAssigned   func(PIN) bool // universal: the personal PIN of a non-privileged person assigned to the kiosk
}

// CheckPersonal applies P4, P5, P6 and P10 to a personal PIN. privileged says
// whether its person is an owner or admin.
//
// P4: a regular PIN never equals an owner's or admin's, so a privileged PIN
// equals nobody's; two regular people may share one. P5: a privileged PIN never
// equals any Universal PIN. P10: a regular PIN never equals the Universal PIN
// of a kiosk its person is assigned to.
func CheckPersonal(p PIN, privileged bool, o Others) error {
	if err := CheckRepeated(p); err != nil {
		return err
	}
	if o.Privileged(p) {
		return errRefused()
	}
	if privileged && (o.Regular(p) || o.Universal(p)) {
		return errRefused()
	}
	if !privileged && o.UniversalAssigned(p) {
		return errRefused()
	}
	return nil
}

// CheckUniversal applies P3, P5, P6 and P10 to a kiosk's Universal PIN: unique
// among kiosks, nobody's privileged PIN, nobody's personal PIN who is assigned.
func CheckUniversal(p PIN, o Others) error {
	if err := CheckRepeated(p); err != nil {
		return err
	}
	if o.Universal(p) || o.Privileged(p) || o.RegularAssigned(p) {
		return errRefused()
	}
	return nil
}

// UniversalLen gives the digits of a generated Universal PIN: personalLen,
// unless so many people or kiosks depend on it that guessing pays: then 6
// digits, 8 where personal PINs have 6. The thresholds are our own choice.
func UniversalLen(personalLen, assignees, kiosks int) int {
	const manyAssignees, manyKiosks = 50, 500
	if assignees <= manyAssignees && kiosks <= manyKiosks {
		return personalLen
	}
	return min(MaxLen, personalLen+2)
}
