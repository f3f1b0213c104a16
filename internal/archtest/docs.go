package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
)

var docRules = []Rule{
	{"package comments", checkPackageComments},
	{"comments on exports", checkExportComments},
}

func checkPackageComments(t *Tree) []Violation {
	documented := make(map[string]bool)
	for _, f := range t.Files {
		if f.AST.Doc != nil && (!f.Test || isTestOnly(t, f.Package)) {
			documented[f.Package] = true
		}
	}
	var vs []Violation
	for _, pkg := range t.packages() {
		if !documented[pkg] {
			vs = append(vs, Violation{pkg, "no package comment; doc.go says what it is, what it is not, and its thread rule"})
		}
	}
	return vs
}

// isTestOnly says whether a package consists of test files.
func isTestOnly(t *Tree, pkg string) bool {
	for _, f := range t.Files {
		if f.Package == pkg && !f.Test {
			return false
		}
	}
	return true
}

func checkExportComments(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		if f.Test || f.AST.Name.Name == "main" {
			continue
		}
		for _, d := range f.AST.Decls {
			for _, name := range bare(d) {
				vs = append(vs, Violation{t.at(name.Pos()), fmt.Sprintf("%s is exported and has no comment", name.Name)})
			}
		}
	}
	return vs
}

// bare gives the exported names of a declaration that no comment explains.
func bare(d ast.Decl) []*ast.Ident {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && isOnExported(d.Recv) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Tok == token.IMPORT || d.Doc != nil && d.Tok != token.TYPE {
			return nil
		}
		var names []*ast.Ident
		for _, s := range d.Specs {
			names = append(names, bareSpec(d, s)...)
		}
		return names
	}
	return nil
}

// bareSpec is bare for one line of a group. A comment on a group of types
// explains them only when there is one.
func bareSpec(d *ast.GenDecl, s ast.Spec) []*ast.Ident {
	var names []*ast.Ident
	switch s := s.(type) {
	case *ast.TypeSpec:
		alone := d.Doc != nil && len(d.Specs) == 1
		if s.Doc == nil && s.Comment == nil && !alone && s.Name.IsExported() {
			names = append(names, s.Name)
		}
	case *ast.ValueSpec:
		if s.Doc != nil || s.Comment != nil {
			return nil
		}
		for _, n := range s.Names {
			if n.IsExported() {
				names = append(names, n)
			}
		}
	}
	return names
}

// isOnExported says whether a method belongs to an exported type; true for
// functions.
func isOnExported(recv *ast.FieldList) bool {
	if recv == nil {
		return true
	}
	e := recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}
