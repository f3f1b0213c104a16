package health

import "strings"

// settings finds what a kiosk was told to do and can't. What it said of settings
// that have been changed since is not asked about: it will say anew.
func settings(s Subject) (Finding, bool) {
	all := s.Health.Unfollowed
	what := make([]string, len(all))
	for i, u := range all {
		what[i] = strings.ReplaceAll(u.Setting, "_", " ") + " “" + u.Value + "”"
	}
	return Finding{
		Kind: Settings, Severity: Warning, Words: "It can't follow " + plural(len(all), "setting", "settings") + ": " + strings.Join(what, ", ") + ".",
		Next: "Change it on the kiosk's page or in Settings, or update the kiosk: its software may be too old for it. Meanwhile it does what it did before, or what a new kiosk does.",
	}, len(all) > 0 && s.Health.Health.Roster >= s.Newest
}
