// Package admin is central's web pages: log in, Now, Punches, Team and Kiosks,
// rendered on the server, one file per page. They are readable without JavaScript; htmx keeps
// Now current. Templates, style, script and fonts are embedded.
//
// Every page but the login needs a session, whose cookie no other site and no
// script can use; nothing changes on GET; the content policy allows no inline
// script or style. The package decides nothing about the business: it asks
// access who is there, reads the tables, and shows. PINs are shown once, on
// the page after the change that made them. Handlers are safe for concurrent use.
package admin
