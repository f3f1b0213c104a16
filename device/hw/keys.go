package hw

// Key codes of the kernel that mean something here (linux/input-event-codes.h).
const (
	keyTab        = 15
	keyEnter      = 28
	keyLeftCtrl   = 29
	keyLeftShift  = 42
	keyRightShift = 54
	keyLeftAlt    = 56
	keyCapsLock   = 58
	keyKPEnter    = 96
	keyRightCtrl  = 97
	keyRightAlt   = 100
	keyLeftMeta   = 125
	keyRightMeta  = 126
)

// The rows of a US keyboard, from the key code that each begins with: readers type
// as if on one, whatever layout the machine has. The keypad is always in its digits.
const (
	usPlain   = "1234567890-="  // from code 2
	usShifted = "!@#$%^&*()_+"  //
	usUpper   = "qwertyuiop[]"  // from code 16
	usUpperS  = "QWERTYUIOP{}"  //
	usHome    = "asdfghjkl;'`"  // from code 30
	usHomeS   = `ASDFGHJKL:"~`  //
	usLower   = `\zxcvbnm,./`   // from code 43
	usLowerS  = "|ZXCVBNM<>?"   //
	usKeypad  = "789-456+1230." // from code 71
	keySpace  = 57              //
	keyKPStar = 55              //
	keyKPLine = 98              // the keypad's /
)

// character gives what a key types on a US keyboard, or false where it types nothing.
func character(code uint16, shift, caps bool) (byte, bool) {
	switch code {
	case keySpace:
		return ' ', true
	case keyKPStar:
		return '*', true
	case keyKPLine:
		return '/', true
	}
	for _, row := range [...]struct {
		from           uint16
		plain, shifted string
	}{
		{2, usPlain, usShifted}, {16, usUpper, usUpperS}, {30, usHome, usHomeS}, {43, usLower, usLowerS}, {71, usKeypad, usKeypad},
	} {
		if code < row.from || int(code-row.from) >= len(row.plain) {
			continue
		}
		plain := row.plain[code-row.from]
		if shift != (caps && plain >= 'a' && plain <= 'z') {
			return row.shifted[code-row.from], true
		}
		return plain, true
	}
	return 0, false
}
