// Package diagnostics makes the archive that a kiosk hands in when somebody wants to
// know how it does: a gzip-compressed tar of report.json and log.jsonl.
//
// It holds nothing that is about a person. The report has figures, versions and
// settings, and no name but the kiosk's and the organisation's; of a log line only those values are kept
// whose key is known to be harmless, see Lines.
package diagnostics
