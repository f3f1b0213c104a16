package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Fact is one thing that a row's detail says. Before is empty where nothing was
// changed, only told.
type Fact struct {
	Name   string
	Before string
	After  string
}

// Changed says whether the fact is a change.
func (f Fact) Changed() bool { return f.Before != "" }

// nothing stands for an empty value where it matters that it was one.
const nothing = "nothing"

// Facts reads a row's detail for people: changes as before and after, everything
// else as name and value, in order of their names. What can't be read is shown as
// it is.
func Facts(detail string) []Fact {
	d := json.NewDecoder(strings.NewReader(detail))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return []Fact{{Name: "Detail", After: detail}}
	}
	m, ok := v.(map[string]any)
	if !ok {
		if v == nil {
			return nil
		}
		return []Fact{{Name: "Detail", After: text(v)}}
	}
	if before, after, ok := change(m); ok {
		b, isMap := before.(map[string]any)
		a, alsoMap := after.(map[string]any)
		if isMap && alsoMap {
			return changes(b, a)
		}
	}
	var out []Fact
	for _, name := range sortedNames(m) {
		out = append(out, factOf(name, m[name])...)
	}
	return out
}

func factOf(name string, v any) []Fact {
	if m, ok := v.(map[string]any); ok {
		if before, after, ok := change(m); ok {
			return []Fact{{words(name), orNothing(before), orNothing(after)}}
		}
	}
	if t := text(v); t != "" {
		return []Fact{{Name: words(name), After: t}}
	}
	return nil
}

// change takes apart what has exactly a before and an after.
func change(m map[string]any) (before, after any, ok bool) {
	for _, names := range [][2]string{{"before", "after"}, {"from", "to"}} {
		b, hasB := m[names[0]]
		a, hasA := m[names[1]]
		if hasB && hasA && len(m) == 2 {
			return b, a, true
		}
	}
	return nil, nil, false
}

func changes(before, after map[string]any) []Fact {
	all := map[string]any{}
	for _, m := range []map[string]any{before, after} {
		for name := range m {
			all[name] = nil
		}
	}
	var out []Fact
	for _, name := range sortedNames(all) {
		if b, a := text(before[name]), text(after[name]); b != a {
			out = append(out, Fact{words(name), orNothing(before[name]), orNothing(after[name])})
		}
	}
	return out
}

func orNothing(v any) string {
	if t := text(v); t != "" {
		return t
	}
	return nothing
}

func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case json.Number:
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = text(x)
		}
		return strings.Join(parts, ", ")
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSpace(b.String())
}

func sortedNames(m map[string]any) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// words makes a field's name readable: staff_no and StaffNo become "Staff no".
func words(name string) string {
	var b strings.Builder
	for i, r := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(r))
		case r == '_':
			b.WriteByte(' ')
		case unicode.IsUpper(r) && !strings.HasSuffix(name[:i], "_") && unicode.IsLower(rune(name[i-1])):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
