package admin_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// garbage is what no field takes: too long, with mark-up, and a character nobody sees.
func garbage() string { return strings.Repeat("<i>\"no&'", 120) + "\u202e" }

// postedForm is a form of a page as a browser has it.
type postedForm struct {
	page, action string
	fields       []formField
}

type formField struct{ name, kind, value string }

var (
	formTag  = regexp.MustCompile(`(?s)<form([^>]*method="post"[^>]*)>(.*?)</form>`)
	fieldTag = regexp.MustCompile(`(?s)<(input|select|textarea|button|fieldset)([^>]*)>`)
)

func attribute(tag, name string) string {
	m := regexp.MustCompile(`\b` + name + `="([^"]*)"`).FindStringSubmatch(tag)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

// formsOf finds the forms of a page that change something.
func formsOf(page, body string) []postedForm {
	var out []postedForm
	for _, m := range formTag.FindAllStringSubmatch(body, -1) {
		out = append(out, postedForm{page: page, action: attribute(m[1], "action"), fields: fieldsIn(m[2])})
	}
	return out
}

func fieldsIn(form string) []formField {
	var out []formField
	for _, tag := range fieldTag.FindAllStringSubmatch(form, -1) {
		kind := attribute(tag[2], "type")
		if tag[1] != "input" {
			kind = tag[1]
		}
		if name := attribute(tag[2], "name"); name != "" {
			out = append(out, formField{name, kind, attribute(tag[2], "value")})
		}
	}
	return out
}

// filled gives the form with the same in every field that a person fills; what the
// page has hidden in it stays.
func (f postedForm) filled(with string) url.Values {
	v := url.Values{}
	for _, x := range f.fields {
		switch x.kind {
		case "hidden", "button":
			v.Set(x.name, x.value)
		default:
			v.Set(x.name, with)
		}
	}
	return v
}

// typed says whether there is anything to fill in.
func (f postedForm) typed() bool {
	return slices.ContainsFunc(f.fields, func(x formField) bool { return x.kind != "hidden" && x.kind != "button" })
}

// Every form of every page, sent empty and sent with garbage, says what is wrong
// next to the field, with what was typed, or on a page with a next step; nothing
// is an error of ours.
func TestEveryFormSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := fullWorld(t)
	c := w.loggedIn()
	var forms []postedForm
	for _, path := range everyPage(t) {
		_, body := w.get(c, path)
		for _, f := range formsOf(path, body) {
			if !slices.ContainsFunc(forms, func(x postedForm) bool { return x.action == f.action && len(x.fields) == len(f.fields) }) {
				forms = append(forms, f)
			}
		}
	}
	next := 0
	for _, f := range forms {
		if f.action == "/logout" || !f.typed() {
			continue
		}
		for what, text := range map[string]string{"empty": "", "garbage": garbage()} {
			res, body := w.post(c, f.action, f.filled(text))
			where := what + " form of " + f.page + " to " + f.action
			switch {
			case res.StatusCode == http.StatusSeeOther && res.Header.Get("Location") != "/login":
				// The form takes it, or answers with its own page, as what has a PIN in it does.
			case res.StatusCode == http.StatusOK && text == "":
				// Files have defaults.
			case res.StatusCode < 400 || res.StatusCode >= 500:
				t.Errorf("%s: %s", where, res.Status)
			case strings.Contains(body, `aria-invalid="true"`):
				next++
				w.fieldErrors(where, body, f, text)
			default:
				w.problemPage(where, body)
			}
		}
	}
	if next < 20 {
		t.Errorf("only %d answers were next to a field", next)
	}
}

// fieldErrors holds every field that is said to be wrong to having words beside it
// and what was typed in it.
func (w *world) fieldErrors(where, body string, f postedForm, text string) {
	w.t.Helper()
	for _, tag := range fieldTag.FindAllStringSubmatch(body, -1) {
		if attribute(tag[2], "aria-invalid") != "true" {
			continue
		}
		words := ""
		for _, id := range strings.Fields(attribute(tag[2], "aria-describedby")) {
			if _, after, ok := strings.Cut(body, `id="`+id+`"`); ok {
				words += plainText("<p " + after[:min(len(after), 600)])
			}
		}
		if len(words) < 10 {
			w.t.Errorf("%s: %s is wrong, and nothing says why", where, attribute(tag[2], "name"))
		}
		kind := attribute(tag[2], "type")
		kept := kind == "" || kind == "text" || kind == "search" || kind == "email"
		if secret := attribute(tag[2], "autocomplete") == "one-time-code" || attribute(tag[2], "name") == "pin"; kept && !secret && tag[1] == "input" && attribute(tag[2], "value") != text {
			w.t.Errorf("%s: what was typed into %s is gone", where, attribute(tag[2], "name"))
		}
	}
}

// problemPage holds a page that is no form any more to saying what to do.
func (w *world) problemPage(where, body string) {
	w.t.Helper()
	said := regexp.MustCompile(`(?s)<p class="sub">([^<]{8,})</p>.*<a class="btn`).MatchString(body)
	alert := regexp.MustCompile(`(?s)role="alert"[^>]*>.{8,}`).MatchString(body)
	if !said && !alert {
		w.t.Errorf("%s: no next step in %.300s", where, plainText(body))
	}
}
