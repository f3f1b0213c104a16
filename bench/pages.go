package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// How large the organisation is that the pages are measured on, and the small
// one that shows which pages ask more questions as data grows.
const (
	pageRounds = 400
	aimMS      = 50
)

func large() town { return town{people: 10_000, kiosks: 200, punches: 5_000_000} }
func small() town { return town{people: 60, kiosks: 3, punches: 2_000} }

// pagePaths are the pages an admin opens, each as it is most often opened and as
// it is hardest.
func pagePaths() []string {
	return []string{
		"/kiosks/kiosk-1/export", // while the login is fresh
		"/", "/?state=out", "/?search=person+09", "/?page=3",
		"/punches", "/punches?view=list", "/punches?person=00042", "/punches?kiosk=kiosk-1", "/punches?view=list&team=Team+7",
		"/team", "/team?page=2", "/team?search=person+00&role=regular", "/team?sort=team", "/team/p-42",
		"/kiosks", "/kiosks/kiosk-1", "/kiosks/kiosk-1/people", "/kiosks/kiosk-1/universal",
		"/audit", "/audit?about=person+00042&action=person.edit", "/settings", "/teams",
		"/teams/Team%201", "/team/import", "/team/p-42/archive", "/punches/new", "/punches/471",
		"/review", "/punches/requests", "/messages", "/accounts", "/account", "/settings/pins", "/settings/mail",
	}
}

// pageCost is what one page costs: over HTTPS, and its own SQL run bare.
type pageCost struct {
	path            string
	page, sql, bare []time.Duration // bare: the SQL and a bare answer
	queries, fewer  int             // at the large and at the small organisation
	bytes           int
}

// benchPages measures every page of the real program over HTTPS, each against
// the SQL that the very same page runs, run bare on the same file.
func benchPages(ctx context.Context) (s section, err error) {
	s = section{
		Title: "Pages at 10,000 people, 200 kiosks and 5 million punches",
		Note: fmt.Sprintf("The real central over HTTPS with keep-alive, logged in as owner, %d requests of each page, the whole answer read. The baseline is the page's own SQL, "+
			"written down by a build of central with tracing, run bare on the same file between the requests, all rows read, and a bare HTTPS answer of as many bytes. In brackets the median, the SQL's share of the baseline, "+
			"and the number of queries, which may not be larger than at 60 people and 2,000 punches. The aim is a p99 under %d ms.", pageRounds, aimMS),
	}
	dir, err := os.MkdirTemp("", "pages")
	if err != nil {
		return s, err
	}
	defer os.RemoveAll(dir)
	if err := buildCentrals(ctx, dir); err != nil {
		return s, err
	}
	few, err := measureTown(ctx, dir, "small", small(), 0)
	if err != nil {
		return s, err
	}
	all, err := measureTown(ctx, dir, "large", large(), pageRounds)
	if err != nil {
		return s, err
	}
	for i, c := range all {
		c.fewer = few[i].queries
		s.Rows = append(s.Rows, c.rows()...)
	}
	return s, nil
}

// rows tells of one page: its p99 against its SQL, and whether it asks more.
func (c pageCost) rows() []row {
	const ms = 1000
	r := atMost(fmt.Sprintf("`%s` p99", c.path), ms*percentile(c.page, 0.99), ms*percentile(c.bare, 0.99), 3, "ms")
	r.What += fmt.Sprintf(" (p50 %s, SQL p99 %s, %d queries, %d kB)",
		quantity(ms*percentile(c.page, 0.5), "ms"), quantity(ms*percentile(c.sql, 0.99), "ms"), c.queries, c.bytes/1000)
	if c.queries <= c.fewer {
		return []row{r}
	}
	more := atMost(fmt.Sprintf("`%s` queries", c.path), float64(c.queries), float64(c.fewer), 1, "queries")
	return []row{r, more}
}

// measureTown fills a database, learns each page's SQL from the traced central,
// and with rounds measures the real one.
func measureTown(ctx context.Context, dir, name string, t town, rounds int) ([]pageCost, error) {
	home := filepath.Join(dir, name)
	if err := t.found(ctx, dir, home); err != nil {
		return nil, fmt.Errorf("fill %s: %w", name, err)
	}
	costs, statements, err := learn(ctx, dir, home)
	if err != nil || rounds == 0 {
		return costs, err
	}
	c, err := startCentral(ctx, filepath.Join(dir, "central"), home, "")
	if err != nil {
		return nil, err
	}
	defer c.stop()
	bare, err := openBare(ctx, home)
	if err != nil {
		return nil, err
	}
	defer bare.close()
	for i := range costs {
		if err := costs[i].measure(ctx, c, bare, statements[i], rounds); err != nil {
			return nil, fmt.Errorf("measure %s: %w", costs[i].path, err)
		}
	}
	return costs, nil
}

// learn asks the traced central for each page twice; what it ran both times is
// the page's own.
func learn(ctx context.Context, dir, home string) (costs []pageCost, statements [][]string, err error) {
	trace := filepath.Join(home, "trace.sql")
	c, err := startCentral(ctx, filepath.Join(dir, "central-traced"), home, trace)
	if err != nil {
		return nil, nil, err
	}
	defer c.stop()
	for _, path := range pagePaths() {
		var seen [2][]string
		for i := range seen {
			if seen[i], err = c.traced(ctx, trace, path); err != nil {
				return nil, nil, fmt.Errorf("trace %s: %w", path, err)
			}
		}
		own := common(seen[0], seen[1])
		costs = append(costs, pageCost{path: path, queries: len(own)})
		statements = append(statements, own)
	}
	return costs, statements, nil
}

// measure asks for the page and runs its SQL bare, in turns.
func (c *pageCost) measure(ctx context.Context, from *running, bare *bareDB, statements []string, rounds int) error {
	for i := range rounds + rounds/10 {
		began := time.Now()
		n, err := from.page(ctx, c.path)
		if err != nil {
			return err
		}
		page := time.Since(began)
		began = time.Now()
		if err := bare.run(ctx, statements); err != nil {
			return err
		}
		sql := time.Since(began)
		if err := bare.answer(ctx, n); err != nil {
			return err
		}
		if i < rounds/10 {
			continue // warm
		}
		c.page, c.sql, c.bare, c.bytes = append(c.page, page), append(c.sql, sql), append(c.bare, time.Since(began)), n
	}
	return nil
}

// page reads a whole page and gives its length.
func (c *running) page(ctx context.Context, path string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.web+path, nil)
	if err != nil {
		return 0, err
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.Discard, res.Body)
	if cerr := res.Body.Close(); err == nil {
		err = cerr
	}
	if err == nil && (res.StatusCode != http.StatusOK || res.Request.URL.RequestURI() != path) {
		err = fmt.Errorf("%s at %s", res.Status, res.Request.URL.Path)
	}
	return int(n), err
}

// traced gives the statements that one request of a page runs.
func (c *running) traced(ctx context.Context, trace, path string) ([]string, error) {
	before, err := os.ReadFile(trace)
	if err != nil {
		return nil, err
	}
	if _, err := c.page(ctx, path); err != nil {
		return nil, err
	}
	after, err := os.ReadFile(trace)
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.Lines(string(after[len(before):])) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "SELECT") || strings.HasPrefix(line, "WITH") {
			out = append(out, line)
		}
	}
	return out, nil
}

// common gives those of a that are in b too, each as often as in the rarer.
func common(a, b []string) []string {
	left := map[string]int{}
	for _, s := range b {
		left[s]++
	}
	var out []string
	for _, s := range a {
		if left[s] > 0 {
			left[s]--
			out = append(out, s)
		}
	}
	return out
}
