// Package sheet writes tables that people open in a spreadsheet: CSV and XLSX.
//
// Names, notes and staff numbers are typed by people, and a spreadsheet runs a
// cell that begins like a formula. In a CSV such a cell gets an apostrophe in
// front, whichever separator the spreadsheet splits by; in an XLSX every cell is
// text and is never run. Digits stay as they were written, leading zeros too.
//
// It knows nothing of what the tables are about. A table belongs to one
// goroutine.
package sheet
