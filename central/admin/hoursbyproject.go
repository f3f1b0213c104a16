package admin

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/sheet"
	"github.com/timepost/timepost/store/centraldb"
)

// projectTime is how long was worked on a project; ID "" is on none.
type projectTime struct {
	ID     string
	Name   string
	Worked time.Duration
}

// projectTimes sums the worked spans in [from, to) by project, in order of the ids.
func projectTimes(spans []attendance.Span, from, to, now time.Time) []projectTime {
	byID := map[string][]attendance.Span{}
	for _, s := range spans {
		if !s.Break {
			byID[s.Project] = append(byID[s.Project], s)
		}
	}
	var out []projectTime
	for id, own := range byID {
		if worked := attendance.Worked(own, from, to, now); worked > 0 {
			out = append(out, projectTime{ID: id, Name: id, Worked: worked})
		}
	}
	slices.SortFunc(out, func(a, b projectTime) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// namesIn gives the names of the projects that entries are booked on.
func namesIn(lines []centraldb.Entry) projectNames {
	out := projectNames{}
	for _, l := range lines {
		out[l.Project] = l.ProjectName
	}
	return out
}

// withNames puts the projects' names in.
func withNames(times []projectTime, names projectNames) []projectTime {
	for i := range times {
		times[i].Name = names.of(times[i].ID)
	}
	return times
}

// addTimes adds more to a sum, which is kept in the order of the names, what is
// booked on nothing last.
func addTimes(sum, more []projectTime) []projectTime {
	for _, m := range more {
		i := slices.IndexFunc(sum, func(s projectTime) bool { return s.ID == m.ID })
		if i < 0 {
			sum = append(sum, m)
			continue
		}
		sum[i].Worked += m.Worked
	}
	slices.SortFunc(sum, func(a, b projectTime) int {
		if (a.ID == "") != (b.ID == "") {
			return strings.Compare(b.ID, a.ID)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return sum
}

func projectColumns() []string {
	return []string{"person", "name", "staff_no", "team", "day", "project", "project_name", "worked_minutes"}
}

func projectRows(out sheet.Table, h personHours) error {
	for _, d := range h.Days {
		for _, x := range d.Projects {
			err := out.Row(h.ID, h.Name, h.StaffNo, h.Team, d.Day.Format(time.DateOnly), x.ID, x.Name, strconv.Itoa(int(x.Worked/time.Minute)))
			if err != nil {
				return err
			}
		}
	}
	return nil
}
