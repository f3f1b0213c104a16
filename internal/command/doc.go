// Package command is what the programs' command lines share: words are parsed,
// one verb runs, and whatever goes wrong is told in the same way with an exit
// code. It knows no verb. Safe for concurrent use.
package command
