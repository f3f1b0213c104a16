// Package api is central's REST API under /api/v1: JSON over HTTPS, one bearer
// token per call, errors as RFC 9457 problem details.
//
// openapi.yaml is written by hand, served at /api/v1/openapi.yaml, and held to
// the route table by a test. The package decides nothing about the business:
// it reads what came in, asks access whether this caller may, calls one use case
// and writes the answer. Handlers are safe for concurrent use.
package api
