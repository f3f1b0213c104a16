package archtest

import (
	"go/ast"
	"slices"
	"strings"
)

// clockless are the floors on which time is an argument: words, mechanisms and
// use cases.
var clockless = []int{1, 2, 3, 6}

var callRules = []Rule{
	{"calls", checkCalls},
	{"errors matched by text", checkErrorText},
}

// checkCalls finds uses of the standard library that take decisions away from
// callers.
func checkCalls(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			vs = append(vs, callsIn(t, f, d, ok && fn.Name.Name == "Run")...)
		}
	}
	return vs
}

// callsIn looks at one declaration. The loop of a service, Run, is where time
// comes from; it hands it on to what does the work.
func callsIn(t *Tree, f *File, d ast.Decl, loop bool) []Violation {
	var vs []Violation
	ast.Inspect(d, func(n ast.Node) bool {
		if f.asksSystem(n) {
			vs = append(vs, Violation{t.at(n.Pos()), "decides on runtime.GOOS: use a pair of files with build tags"})
		}
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		function := f.name(call.Fun)
		if why := misuses(f, function); why != "" && !(loop && function == "time.Now") {
			vs = append(vs, Violation{t.at(call.Pos()), why})
		}
		return true
	})
	return vs
}

// misuses says what is wrong with calling a function in a file.
func misuses(f *File, function string) string {
	program := strings.HasPrefix(f.Package, "cmd/") || isTestPackage(f.Package)
	switch function {
	case "log.Fatal", "log.Fatalf", "log.Fatalln", "log.Panic", "log.Panicf", "log.Panicln":
		return function + ": return the error"
	case "os.Exit":
		if !program && !f.Test {
			return "os.Exit outside a program: return the error"
		}
	case "time.Sleep":
		if !f.imports("testing/synctest") {
			return "time.Sleep: wait for the event, or for a timer together with the context"
		}
	case "time.Now":
		if floor, _ := floorOf(f.Package); !f.Test && slices.Contains(clockless, floor) && !isTestPackage(f.Package) {
			return "time.Now on a floor where time is an argument"
		}
	}
	return ""
}

// checkErrorText finds decisions on the words of an error.
func checkErrorText(t *Tree) []Violation {
	var vs []Violation
	for _, f := range t.Files {
		if f.Test || isTestPackage(f.Package) {
			continue
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && isTextMatch(f.name(call.Fun)) && slices.ContainsFunc(call.Args, isErrorText) {
				vs = append(vs, Violation{t.at(n.Pos()), "an error is told by its text; use errors.Is, errors.As or problem.Is"})
			}
			return true
		})
	}
	return vs
}

func isTextMatch(function string) bool {
	switch function {
	case "strings.Contains", "strings.HasPrefix", "strings.HasSuffix", "strings.EqualFold", "strings.Index":
		return true
	}
	return false
}

// isErrorText says whether e is a call of a method Error without arguments.
func isErrorText(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) > 0 {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Error"
}

// name gives "path.Name" for an expression that selects from an imported
// package, "" for all others.
func (f *File) name(e ast.Expr) string {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return ""
	}
	for _, i := range f.Imports {
		if i.Name == pkg.Name {
			return i.Path + "." + sel.Sel.Name
		}
	}
	return ""
}

// asksSystem says whether a comparison or switch decides on runtime.GOOS.
func (f *File) asksSystem(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return f.name(n.X) == "runtime.GOOS" || f.name(n.Y) == "runtime.GOOS"
	case *ast.SwitchStmt:
		return n.Tag != nil && f.name(n.Tag) == "runtime.GOOS"
	}
	return false
}

func (f *File) imports(path string) bool {
	return slices.ContainsFunc(f.Imports, func(i Import) bool { return i.Path == path })
}
