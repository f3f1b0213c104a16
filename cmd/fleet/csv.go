package main

import (
	"io"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/central/sheet"
)

// csvPrinter prints a heading and then each punch as a line, at once.
func csvPrinter(w io.Writer) func(client.Punch) error {
	out := sheet.NewCSV(w)
	headed := false
	return func(u client.Punch) error {
		if !headed {
			headed = true
			if err := out.Row(client.PunchColumns()...); err != nil {
				return err
			}
		}
		if err := out.Row(u.Cells()...); err != nil {
			return err
		}
		return out.Flush()
	}
}
