package sheet

// Table takes rows, the heading first.
type Table interface {
	// Row adds a row. An error ends the table.
	Row(cells ...string) error
	// Close writes what is still kept. The writer below stays open.
	Close() error
}

// The media types of the files.
const (
	TypeCSV  = "text/csv; charset=utf-8"
	TypeXLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
)
