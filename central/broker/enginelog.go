package broker

import (
	"fmt"
	"log/slog"
)

// engineLog turns the engine's lines into events. The engine says everything it
// does as a notice, which is detail here.
type engineLog struct {
	log   *slog.Logger
	fatal chan<- error // the first reason why it cannot go on
}

// Noticef implements server.Logger.
func (l engineLog) Noticef(format string, v ...any) {
	l.log.Debug("broker notice", "text", fmt.Sprintf(format, v...))
}

// Warnf implements server.Logger.
func (l engineLog) Warnf(format string, v ...any) {
	l.log.Warn("broker warning", "text", fmt.Sprintf(format, v...))
}

// Errorf implements server.Logger. The engine's errors are those of one
// connection, such as a refused handshake; they end nothing else.
func (l engineLog) Errorf(format string, v ...any) {
	l.log.Warn("broker connection error", "text", fmt.Sprintf(format, v...))
}

// Fatalf implements server.Logger. The engine expects it to end the process;
// here it ends Run.
func (l engineLog) Fatalf(format string, v ...any) {
	select {
	case l.fatal <- fmt.Errorf("run broker: "+format, v...):
	default:
	}
}

// Debugf implements server.Logger; it is never switched on.
func (l engineLog) Debugf(format string, v ...any) {
	l.log.Debug("broker debug", "text", fmt.Sprintf(format, v...))
}

// Tracef implements server.Logger; it is never switched on.
func (l engineLog) Tracef(string, ...any) {}
