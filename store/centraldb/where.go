package centraldb

import (
	"strconv"
	"strings"

	"github.com/timepost/timepost/attendance"
)

// where collects conditions with their arguments in order.
type where struct {
	parts []string
	args  []any
}

// add takes a condition that is complete, or one that ends where its argument goes.
func (w *where) add(condition string, arg ...any) {
	for _, a := range arg {
		w.args = append(w.args, a)
		condition += "$" + strconv.Itoa(len(w.args))
	}
	w.parts = append(w.parts, condition)
}

func (w *where) text() string { return strings.Join(w.parts, " AND ") }

// among takes a column and the values it may have.
func (w *where) among(column string, values []string) {
	marks := make([]string, len(values))
	for i, v := range values {
		w.args = append(w.args, v)
		marks[i] = "$" + strconv.Itoa(len(w.args))
	}
	w.parts = append(w.parts, column+" IN ("+strings.Join(marks, ",")+")")
}

// search takes what was typed to find people of the table p: the beginnings of
// words of their name or staff number, or a whole staff number or id.
func (w *where) search(typed string) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return
	}
	words := &where{args: append(w.args, typed)}
	mark := "$" + strconv.Itoa(len(words.args))
	for _, word := range strings.Fields(attendance.SearchKey(typed)) {
		words.add("(' ' || p.search || ' ' || p.staff_no) LIKE ", "% "+word+"%")
	}
	if len(words.parts) == 0 { // nothing but marks
		words.parts = append(words.parts, "0 = 1")
	}
	w.args = words.args
	w.parts = append(w.parts, "(p.id = "+mark+" OR p.staff_no = "+mark+" OR "+words.text()+")")
}

// words takes what was typed to find rows by the beginnings of the words in a column
// that holds search keys.
func (w *where) words(column, typed string) {
	for _, word := range strings.Fields(attendance.SearchKey(typed)) {
		w.add("' ' || "+column+" LIKE ", "% "+word+"%")
	}
}
