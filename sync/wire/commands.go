package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// TypeCommands is down/push: Commands, when the list of a kiosk changes between two
// hellos. The welcome carries the same list.
const TypeCommands Type = "commands"

// The verbs of Command.
const (
	VerbSync          = "sync"           // a whole round with central now
	VerbRefetch       = "refetch_roster" // throw the roster away and fetch it anew
	VerbRestart       = "restart"        // end the daemon; its service starts it again
	VerbRestartScreen = "restart_screen" // the same for the touchscreen
	VerbDiagnostics   = "diagnostics"    // hand in how it does, at the device listener
	VerbMessage       = "message"        // show Text on the touchscreen for Minutes
	VerbIdentify      = "identify"       // make the touchscreen stand out for half a minute
	VerbWipe          = "wipe"           // forget identity, keys, roster and journals
)

// What a message on the touchscreen can have at most: letters, and minutes.
const (
	MaxShown        = 200
	MaxShownMinutes = 24 * 60
)

// MaxCommands is the most commands that wait for one kiosk.
const MaxCommands = 20

// Command tells a kiosk to do something, once. The pair (Gen, N) grows with each one
// of a kiosk; a kiosk runs them in that order and none at or below CommandMark.
type Command struct {
	Gen     uint64 `json:"gen"`
	N       uint64 `json:"n"`
	Verb    string `json:"verb"`
	Text    string `json:"text,omitempty"`    // of message
	Minutes int    `json:"minutes,omitempty"` // of message
	Force   bool   `json:"force,omitempty"`   // of wipe: also where records are unsent
}

// Mark gives the command's place in the order.
func (c Command) Mark() CommandMark { return CommandMark{c.Gen, c.N} }

// Commands is everything that waits for a kiosk, in order. It replaces what was
// sent before: what is no longer in it has been taken back.
type Commands struct {
	List []Command `json:"list"`
}

// CommandMark is a place in the order of a kiosk's commands. The kiosk's own is that
// of the last one it has begun.
type CommandMark struct {
	Gen uint64 `json:"gen"`
	N   uint64 `json:"n"`
}

// Reached says whether o lies at or before m.
func (m CommandMark) Reached(o CommandMark) bool {
	return o.Gen < m.Gen || o.Gen == m.Gen && o.N <= m.N
}

// Shown gives a text as a touchscreen can show it, on one line; ok is false where
// there is nothing in it or too much.
func Shown(text string) (line string, ok bool) {
	if !utf8.ValidString(text) {
		return "", false
	}
	line = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	return line, line != "" && utf8.RuneCountInString(line) <= MaxShown
}
