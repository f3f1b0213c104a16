package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// makers are the calls whose result a package may keep in a variable: values
// that nothing changes after they are made.
var makers = []string{
	"errors.New", "fmt.Errorf", "problem.New", // errors to compare with
	"regexp.MustCompile",                       // compiled once
	"template.Must",                            // parsed once, from embedded files
	"time.Date", "time.Unix", "time.UnixMilli", // instants
}

// tables are package-level variables that are read only by agreement, because
// the language has no constant of their kind.
var tables = []struct {
	pkg    string
	names  []string
	reason string
}{
	{"internal/archtest", []string{"floors", "apart", "visits", "customs", "links", "makers", "tables", "clockless"}, "the building rules"},
	{"internal/archtest", []string{"floorRules", "customsRules", "linkRules", "sizeRules", "stateRules", "nameRules", "docRules", "textRules", "callRules", "zoneRules"}, "lists of rules"},
	{"store/disktest", []string{"install", "watch"}, "SQLite has one set of system calls for a process"},
	{"cmd/*", []string{"version"}, "stamped by the linker"},
}

var stateRules = []Rule{
	{"no init", checkInit},
	{"no mutable globals", checkGlobals},
}

func checkInit(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				vs = append(vs, Violation{t.at(fn.Pos()), "init(): work is started by callers, not by imports"})
			}
		}
	}
	return vs
}

func checkGlobals(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				vs = append(vs, globals(t, f, g, s.(*ast.ValueSpec))...)
			}
		}
	}
	return vs
}

// globals reports the variables of one declaration that somebody could change.
func globals(t *Tree, f *File, g *ast.GenDecl, s *ast.ValueSpec) []Violation {
	if embeds(g.Doc) || embeds(s.Doc) {
		return nil
	}
	var vs []Violation
	for n, name := range s.Names {
		if name.Name == "_" || isTable(f, name.Name) || len(s.Values) == len(s.Names) && isMade(s.Values[n]) {
			continue
		}
		vs = append(vs, Violation{t.at(name.Pos()), fmt.Sprintf(
			"package variable %s: pass the value to who needs it, or name a read-only table in internal/archtest/state.go", name.Name)})
	}
	return vs
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

func isTable(f *File, name string) bool {
	for _, v := range tables {
		if within(f.Package, v.pkg) && slices.Contains(v.names, name) {
			return true
		}
	}
	return false
}

// isMade says whether the value comes from one of the makers, possibly through
// methods of the result, as in problem.New(...).With(...).
func isMade(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	if pkg, ok := sel.X.(*ast.Ident); ok {
		return slices.Contains(makers, pkg.Name+"."+sel.Sel.Name)
	}
	return isMade(sel.X)
}
