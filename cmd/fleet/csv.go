package main

import (
	"encoding/csv"
	"io"

	"github.com/timepost/timepost/central/client"
)

// csvPrinter prints a heading and then each punch as a line, at once.
func csvPrinter(w io.Writer) func(client.Punch) error {
	out := csv.NewWriter(w)
	headed := false
	return func(u client.Punch) error {
		if !headed {
			headed = true
			if err := out.Write(client.PunchColumns()); err != nil {
				return err
			}
		}
		if err := out.Write(u.Cells()); err != nil {
			return err
		}
		out.Flush()
		return out.Error()
	}
}
