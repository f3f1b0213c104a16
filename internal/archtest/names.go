package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"strings"
)

// vague are package names that say nothing, so that anything ends up in them.
var vague = regexp.MustCompile(`^(util|common|helper|manager|misc|shared|base|lib|type|model|sync)s?$`)

var getter = regexp.MustCompile(`^[Gg]et[A-Z]`)

var nameRules = []Rule{
	{"package names", checkPackageNames},
	{"getters", checkGetters},
}

func checkPackageNames(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		name := f.AST.Name.Name
		if vague.MatchString(name) {
			vs = append(vs, Violation{f.Path, fmt.Sprintf("package %s: name what it holds", name)})
		}
		plain := strings.TrimSuffix(name, "_test")
		if plain != "main" && f.Package != "." && plain != path.Base(f.Package) {
			vs = append(vs, Violation{f.Path, fmt.Sprintf("package %s is in folder %s", name, f.Package)})
		}
	}
	return vs
}

func checkGetters(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && getter.MatchString(fn.Name.Name) {
				vs = append(vs, Violation{t.at(fn.Pos()), fn.Name.Name + ": leave the Get out"})
			}
		}
	}
	return vs
}
