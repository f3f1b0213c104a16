// Package witness makes what a server knows provable to somebody outside of it. Each day
// one line says, signed, where every journal and the audit log ended: kept on another
// machine, or in a mailbox, it shows later whether the database still contains all that
// it had that day. Chains alone can't show that: who can write the whole database, or
// put an old copy of it back, can make them anew from the first record on.
//
// A Line is a value: making one reads the database, checking many reads it once, page by
// page, whatever their number. Daily is a service; its Run runs once.
package witness
