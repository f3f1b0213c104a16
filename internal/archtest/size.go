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
			lines := t.span(fn) - t.tables(f, fn)
			if lines > maxFunction {
				vs = append(vs, Violation{t.at(fn.Pos()), fmt.Sprintf("%s has %d lines; at most %d",
					fn.Name.Name, lines, maxFunction)})
			}
		}
	}
	return vs
}

// span gives how many lines a node stands on.
func (t *Tree) span(n ast.Node) int {
	return t.Fset.Position(n.End()).Line - t.Fset.Position(n.Pos()).Line + 1
}

// tables gives the lines of the tables that a test's function ranges over: rows
// of data are not steps to follow.
func (t *Tree) tables(f *File, fn *ast.FuncDecl) int {
	lines := 0
	if !f.Test {
		return lines
	}
	ast.Inspect(fn, func(n ast.Node) bool {
		if r, ok := n.(*ast.RangeStmt); ok {
			if table, ok := r.X.(*ast.CompositeLit); ok {
				lines += t.span(table) - 1
			}
		}
		return true
	})
	return lines
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
