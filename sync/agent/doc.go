// Package agent holds the conversation between one kiosk and central: what a
// round is, and when to run it.
//
// A round is: connect if needed, hello, flush the outbox, pull the roster. In
// live mode the link stays up between rounds and every punch is sent at once; in
// scheduled mode the link is closed after the round. The schedule's rounds are
// the safety net for everything that the network loses in between.
//
// Run is one goroutine that owns outbox, inbox and link; nothing it starts
// outlives it. It never gives up: a kiosk that was offline for a month goes on
// where it stopped. Contact means a message that central signed; what anybody
// else writes to the broker counts for nothing. SetPlan, Poke, Status and
// Changed are safe for concurrent use.
package agent
