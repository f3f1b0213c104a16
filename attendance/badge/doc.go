// Package badge gives a card one name, whatever reader types its number.
//
// The same card reads as ten decimal digits at one reader, as eight hexadecimal
// ones at the next, with its bytes in reverse at a third, and as facility and
// number (Wiegand 3+5) at a fourth. Canonical is what all of them become:
//
//	04-A3-2B-7F      a number: its bytes, the first one first, at least four
//	text:EMP-00123   anything else, as it was read
//
// How many bytes a number has is data: 04-A3-2B-7F and 00-04-A3-2B-7F are two
// cards. So are leading zeros: a short number is filled up with them, and none is
// ever cut off. Reading a canonical form gives it again.
//
// What a reader types does not always say what it is: 12345678 may be four bytes
// in hexadecimal or facility 123 and number 45678. Auto takes the likeliest, and a
// Transform says it for a reader that types something else.
//
// The number of a card is not a secret: whoever has held the card can copy it. The
// package is pure and safe for concurrent use.
package badge
