package archtest

import "slices"

// Rules gives every rule.
func Rules() []Rule {
	return slices.Concat(floorRules, customsRules, linkRules, sizeRules, stateRules,
		nameRules, docRules, callRules, textRules, zoneRules)
}
