package api_test

import "net/http"

// teamCalls makes, changes, archives and brings back a team, and undoes an import.
func (x *caller) teamCalls(person string) {
	x.t.Helper()
	const night, late = "/teams/Night%20%2F%20Ovens", "/teams/Late"
	if name := field(x.t, x.do(call{"POST", "/teams", "/teams", `{"name":" Night / Ovens "}`, nil, 201}), "name"); name != "Night / Ovens" {
		x.t.Errorf("the team is called %q", name)
	}
	x.do(call{"POST", "/teams", "/teams", `{"name":"Night / Ovens"}`, nil, 409})
	x.do(call{"POST", "/teams", "/teams", `{"name":" "}`, nil, 400})
	if who := field(x.t, x.do(call{"PATCH", "/teams/{name}", night, `{"name":"Late","manager":"` + person + `"}`, nil, 200}), "manager"); who != person {
		x.t.Errorf("the manager is %q", who)
	}
	x.do(call{"PATCH", "/teams/{name}", night, `{"name":"X"}`, nil, 404})
	x.do(call{"PATCH", "/teams/{name}", late, `{"manager":"nobody"}`, nil, 404})
	x.do(call{"GET", "/teams", "/teams", "", nil, 200})
	x.do(call{"POST", "/teams/{name}/archive", "/teams/Shop/archive", "", nil, 409})
	x.do(call{"POST", "/teams/{name}/archive", late + "/archive", "", nil, 200})
	x.do(call{"POST", "/teams/{name}/restore", late + "/restore", "", nil, 200})
	x.do(call{"POST", "/teams/{name}/restore", "/teams/Nobody/restore", "", nil, 404})
	x.projectCalls(person)
	x.badgeCalls(person)
	csv := http.Header{"Content-Type": {"text/csv"}}
	x.do(call{"POST", "/people/import", "/people/import", "name,staff_no,role\nZoe,99,\n", csv, 200})
	x.do(call{"GET", "/imports", "/imports", "", nil, 200})
	x.do(call{"POST", "/imports/{id}/undo", "/imports/2/undo", "", nil, 200})
	x.do(call{"POST", "/imports/{id}/undo", "/imports/2/undo", "", nil, 409})
	x.do(call{"POST", "/imports/{id}/undo", "/imports/x/undo", "", nil, 404})
	x.do(call{"POST", "/people", "/people", `{"name":"Zoe","staff_no":"99"}`, nil, 201})
}
