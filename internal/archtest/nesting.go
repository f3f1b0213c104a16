package archtest

import (
	"fmt"
	"go/ast"
)

// maxNesting bounds how many statements with bodies stand in each other in a
// function. The cases of a switch or select are no deeper than it is.
const maxNesting = 3

func checkNesting(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil {
				continue
			}
			if n := depth(fn.Body); n > maxNesting {
				vs = append(vs, Violation{t.at(fn.Pos()), fmt.Sprintf("%s nests %d deep; at most %d",
					fn.Name.Name, n, maxNesting)})
			}
		}
	}
	return vs
}

// depth gives how many statements with bodies stand in each other below n. A
// function literal begins again, as if it had a name; "else if" is no deeper
// than its "if".
func depth(n ast.Node) int {
	deepest := 0
	ast.Inspect(n, func(child ast.Node) bool {
		if child == n || child == nil {
			return true
		}
		d := 0
		switch s := child.(type) {
		case *ast.IfStmt:
			d = max(1+depth(s.Body), elseDepth(s.Else))
		case *ast.ForStmt:
			d = 1 + depth(s.Body)
		case *ast.RangeStmt:
			d = 1 + depth(s.Body)
		case *ast.SwitchStmt:
			d = 1 + depth(s.Body)
		case *ast.TypeSwitchStmt:
			d = 1 + depth(s.Body)
		case *ast.SelectStmt:
			d = 1 + depth(s.Body)
		case *ast.FuncLit:
			d = depth(s.Body)
		default:
			return true
		}
		deepest = max(deepest, d)
		return false
	})
	return deepest
}

func elseDepth(s ast.Stmt) int {
	switch s := s.(type) {
	case *ast.IfStmt:
		return max(1+depth(s.Body), elseDepth(s.Else))
	case *ast.BlockStmt:
		return 1 + depth(s)
	}
	return 0
}
