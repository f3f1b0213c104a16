package health

// cloned says that two machines have the kiosk's keys. It is not over when one of them
// falls silent: the copy is still somewhere. New keys end it.
func cloned(s Subject) (Finding, bool) {
	return Finding{
		Kind: Cloned, Severity: Critical, Words: "Two machines run with its keys.",
		Next: "Its card was copied. Make a new code and set up the right machine anew: both copies are cut off then, and what they hold comes under Review.",
	}, s.Kiosk.ClonedAt != 0
}
