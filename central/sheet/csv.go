package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// CSV is a table as comma-separated values (RFC 4180) in UTF-8 with line feeds.
type CSV struct {
	out *csv.Writer
}

// NewCSV begins a CSV.
func NewCSV(w io.Writer) *CSV { return &CSV{csv.NewWriter(w)} }

// Row adds a row.
func (c *CSV) Row(cells ...string) error {
	row := make([]string, len(cells))
	for i, text := range cells {
		row[i] = inert(strings.ToValidUTF8(text, "\ufffd"))
	}
	if err := c.out.Write(row); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// Flush passes on what was added so far, for readers who watch.
func (c *CSV) Flush() error {
	c.out.Flush()
	if err := c.out.Error(); err != nil {
		return fmt.Errorf("write csv: %w", err)
	}
	return nil
}

// Close passes on the rest.
func (c *CSV) Close() error { return c.Flush() }
