package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/api/apitest"
	"github.com/timepost/timepost/store/centraldb"
)

// projectCalls makes a project, offers it and takes it out of use, each way it can
// go wrong too.
func (x *caller) projectCalls(person string) {
	x.t.Helper()
	kiosk := field(x.t, x.do(call{"POST", "/kiosks", "/kiosks", `{"name":"Quay"}`, nil, 201}), "id")
	id := field(x.t, x.do(call{"POST", "/projects", "/projects", `{"name":"Harbour wall"}`, nil, 201}), "id")
	one, at, by := "/projects/"+id, "/kiosks/"+kiosk+"/projects", "/people/"+person+"/work"
	for _, k := range []call{
		{"POST", "/projects", "/projects", `{"name":"harbour wall"}`, nil, 409},
		{"POST", "/projects", "/projects", `{"name":" "}`, nil, 400},
		{"GET", "/projects", "/projects?search=wall&limit=5", "", nil, 200},
		{"GET", "/projects", "/projects?archived=perhaps", "", nil, 400},
		{"PATCH", "/projects/{id}", one, `{"name":"Quay wall"}`, nil, 200},
		{"PATCH", "/projects/{id}", "/projects/j-none", `{"name":"Quay"}`, nil, 404},
		{"PUT", "/projects/{id}/kiosks", one + "/kiosks", `{"kiosks":["` + kiosk + `"]}`, nil, 200},
		{"PUT", "/projects/{id}/kiosks", one + "/kiosks", `{"kiosks":["none"]}`, nil, 400},
		{"GET", "/projects/{id}/kiosks", one + "/kiosks", "", nil, 200},
		{"GET", "/projects/{id}/kiosks", "/projects/j-none/kiosks", "", nil, 404},
		{"POST", "/projects/{id}/people", one + "/people", `{"person":"` + person + `"}`, nil, 200},
		{"POST", "/projects/{id}/people", one + "/people", `{"team":"Nobody"}`, nil, 404},
		{"POST", "/projects/{id}/people", one + "/people", `{}`, nil, 400},
		{"DELETE", "/projects/{id}/people/{person}", one + "/people/" + person, "", nil, 200},
		{"DELETE", "/projects/{id}/people/{person}", one + "/people/nobody", "", nil, 404},
		{"PUT", "/kiosks/{id}/projects", at, `{"projects":["` + id + `"],"default":"` + id + `"}`, nil, 200},
		{"PUT", "/kiosks/{id}/projects", at, `{"projects":[],"default":"` + id + `"}`, nil, 400},
		{"GET", "/kiosks/{id}/projects", at, "", nil, 200},
		{"GET", "/kiosks/{id}/projects", "/kiosks/none/projects", "", nil, 404},
		{"PUT", "/people/{id}/work", by, `{"projects":["` + id + `"],"break":{"least_minutes":20,"due_minutes":300}}`, nil, 200},
		{"PUT", "/people/{id}/work", by, `{"projects":[],"break":{"least_minutes":500,"due_minutes":0}}`, nil, 400},
		{"GET", "/people/{id}/work", by, "", nil, 200},
		{"GET", "/people/{id}/work", "/people/nobody/work", "", nil, 404},
		{"POST", "/projects/{id}/archive", one + "/archive", "", nil, 200},
		{"POST", "/projects/{id}/people", one + "/people", `{"person":"` + person + `"}`, nil, 409},
		{"POST", "/projects/{id}/restore", one + "/restore", "", nil, 200},
		{"POST", "/projects/{id}/restore", "/projects/j-none/restore", "", nil, 404},
	} {
		x.do(k)
	}
}

// What is set by the API is what is read by it, and what lies in the tables.
func TestWorkOverTheAPI(t *testing.T) {
	t.Parallel()
	x := &caller{t: t, c: apitest.Start(t), doc: contract(t), did: map[string]bool{}}
	person := field(t, x.do(call{"POST", "/people", "/people", `{"name":"Ada"}`, nil, 201}), "id")
	id := field(t, x.do(call{"POST", "/projects", "/projects", `{"name":"Wall"}`, nil, 201}), "id")
	want := `{"projects":["` + id + `"],"default":"` + id + `","break":{"least_minutes":20,"due_minutes":300}}`
	x.do(call{"PUT", "/people/{id}/work", "/people/" + person + "/work", want, nil, 200})
	if got := x.do(call{"GET", "/people/{id}/work", "/people/" + person + "/work", "", nil, 200}); strings.TrimSpace(string(got)) != want {
		t.Errorf("%s, want %s", got, want)
	}
	got, err := x.c.DB.PersonWork(t.Context(), person)
	if err != nil || got.Project != id || got.Break == nil || got.Break.Due != 300 {
		t.Errorf("%+v %v", got, err)
	}
	x.do(call{"PUT", "/people/{id}/work", "/people/" + person + "/work", `{"projects":[]}`, nil, 200})
	if got, err = x.c.DB.PersonWork(t.Context(), person); err != nil || got.Break != nil || got.Project != "" || len(got.Projects) != 0 {
		t.Errorf("%+v %v", got, err)
	}
	x.c.Punch(attendance.Punch{Person: person, Kiosk: "gate", Action: attendance.In, At: time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC), Auth: attendance.AuthPersonal, Project: id})
	if got := string(x.do(call{"GET", "/punches", "/punches", "", nil, 200})); !strings.Contains(got, `"project":"`+id+`"`) || !strings.Contains(got, `"project_name":"Wall"`) {
		t.Error(got)
	}
	rows, _, err := x.c.DB.ProjectPage(t.Context(), centraldb.ProjectFilter{Limit: 9})
	if err != nil || len(rows) != 1 || rows[0].People != 0 {
		t.Errorf("%+v %v", rows, err)
	}
}
