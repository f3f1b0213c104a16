// Package notify tells owners and admins by mail.
//
// Whatever is worth telling is written as a notice in the transaction of the
// thing itself, so that neither is there without the other. Notify is the
// service that makes mails of notices, one for each address, and hands them to
// the organisation's mail server, one at a time. A mail that is not taken is
// tried again for a day, then it lies with the undelivered ones until somebody
// looks; one that the server will never take lies there at once. Without a mail
// server notices wait; those older than a week make no mail any more.
//
// A mail goes out at least once: a crash between the server's word and our commit
// repeats it, with the same Message-ID. The server's password lies sealed under
// the data key and is never given back.
//
// Notify's methods may be called from many goroutines; Run runs once.
package notify
