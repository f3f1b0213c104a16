package admin

import "strings"

// deviceOf gives a few words for what a browser says of itself, for people to tell
// their sessions apart. Browsers say what they like: nothing is decided by it.
func deviceOf(agent string) string {
	browser := firstIn(agent, [][2]string{
		{"Edg", "Edge"}, {"OPR", "Opera"}, {"Firefox", "Firefox"}, {"Chrom", "Chrome"}, {"Safari", "Safari"},
	})
	system := firstIn(agent, [][2]string{
		{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"}, {"Mac OS", "Mac"}, {"Linux", "Linux"},
	})
	switch {
	case browser == "" && system == "":
		return "A program"
	case system == "":
		return browser
	case browser == "":
		return system
	}
	return browser + " on " + system
}

func firstIn(agent string, marks [][2]string) string {
	for _, m := range marks {
		if strings.Contains(agent, m[0]) {
			return m[1]
		}
	}
	return ""
}
