// Package apitest is one central's REST API in the process of a test: the real
// handlers and use cases over a real database, on a real TLS listener with a
// certificate of its own authority. There are no kiosks and no broker; punches
// are put into the tables as the projector would.
package apitest
