package archtest

import (
	"fmt"
	"go/ast"
	"path"
	"strings"
)

// What a reader can hold in mind at once. Lengths are in lines.
const (
	maxFile      = 400
	maxFunction  = 60
	maxMain      = 80
	maxInterface = 5 // methods
)

var sizeRules = []Rule{
	{"file length", checkFileLength},
	{"function length", checkFunctionLength},
	{"interface size", checkInterfaceSize},
	{"nesting", checkNesting},
}

func checkFileLength(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		limit := maxFile
		if strings.HasPrefix(f.Package, "cmd/") && path.Base(f.Path) == "main.go" {
			limit = maxMain
		}
		if f.Lines > limit {
			vs = append(vs, Violation{f.Path, fmt.Sprintf("%d lines; at most %d", f.Lines, limit)})
		}
	}
	return vs
}

func checkFunctionLength(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := t.Fset.Position(fn.End()).Line - t.Fset.Position(fn.Pos()).Line + 1
			if lines > maxFunction {
				vs = append(vs, Violation{t.at(fn.Pos()), fmt.Sprintf("%s has %d lines; at most %d",
					fn.Name.Name, lines, maxFunction)})
			}
		}
	}
	return vs
}

func checkInterfaceSize(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			i, ok := n.(*ast.InterfaceType)
			if !ok {
				return true
			}
			methods := 0
			for _, m := range i.Methods.List {
				methods += len(m.Names) // zero for an embedded one
			}
			if methods > maxInterface {
				vs = append(vs, Violation{t.at(i.Pos()), fmt.Sprintf("interface of %d methods; at most %d",
					methods, maxInterface)})
			}
			return true
		})
	}
	return vs
}
