package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the path under which the repository's packages are imported.
const module = "github.com/timepost/timepost"

// Tree is a parsed repository.
type Tree struct {
	Fset  *token.FileSet
	Files []*File // Go files, by path
	Texts []Text  // other files that people read, by path
}

// File is one parsed Go file.
type File struct {
	Path    string // from the root, with slashes
	Package string // the folder: the import path without the module
	Test    bool   // its name ends in _test.go
	Lines   int
	Source  string
	AST     *ast.File
	Imports []Import
}

// Import is one import of a file. Own says that Path is a package of this
// repository, and then has no module in front.
type Import struct {
	Name string // as the file calls it
	Path string
	Own  bool
	Pos  token.Pos
}

// Text is a file that is not Go: documents, scripts, configuration.
type Text struct {
	Path, Source string
}

// Violation is one place where a rule is broken.
type Violation struct {
	Where, What string
}

// String gives "where: what".
func (v Violation) String() string { return v.Where + ": " + v.What }

// Rule looks at a tree and reports every place where it is broken.
type Rule struct {
	Name  string
	Check func(*Tree) []Violation
}

// Parse reads all Go files and texts under the root of fsys. Hidden folders, what
// the build leaves behind, testdata and nested modules are not part of the tree.
func Parse(fsys fs.FS) (*Tree, error) {
	t := &Tree{Fset: token.NewFileSet()}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(fsys, p):
			return fs.SkipDir
		case d.IsDir():
			return nil
		case path.Ext(p) == ".go":
			return t.addFile(fsys, p)
		case isText(p):
			return t.addText(fsys, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("parse repository: %w", err)
	}
	return t, nil
}

func skipped(fsys fs.FS, dir string) bool {
	if dir == "." || dir == ".ci" {
		return false
	}
	if _, err := fs.Stat(fsys, path.Join(dir, "go.mod")); err == nil {
		return true
	}
	base := path.Base(dir)
	return strings.HasPrefix(base, ".") || base == "testdata" || dir == "bin" || dir == "build"
}

// isText says whether people read the file: a document, a script or a table, but
// no style sheet or picture.
func isText(p string) bool {
	switch path.Ext(p) {
	case ".md", ".yaml", ".yml", ".toml", ".sh", ".mk", ".service", ".sql", ".html":
		return true
	}
	return path.Base(p) == "Makefile" || path.Dir(p) == ".ci"
}

func (t *Tree) addText(fsys fs.FS, p string) error {
	data, err := fs.ReadFile(fsys, p)
	if err != nil {
		return err
	}
	t.Texts = append(t.Texts, Text{p, string(data)})
	return nil
}

func (t *Tree) addFile(fsys fs.FS, p string) error {
	data, err := fs.ReadFile(fsys, p)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.Fset, p, data, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &File{
		Path: p, Package: path.Dir(p), Test: strings.HasSuffix(p, "_test.go"),
		Lines: strings.Count(string(data), "\n"), Source: string(data), AST: syntax,
	}
	for _, spec := range syntax.Imports {
		f.Imports = append(f.Imports, newImport(spec))
	}
	t.Files = append(t.Files, f)
	return nil
}

func newImport(spec *ast.ImportSpec) Import {
	full, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		full = spec.Path.Value // the parser has already refused such a file
	}
	i := Import{Path: full, Name: localName(full), Pos: spec.Pos()}
	if rest, ok := strings.CutPrefix(full, module+"/"); ok {
		i.Own, i.Path = true, rest
	}
	if spec.Name != nil {
		i.Name = spec.Name.Name
	}
	return i
}

// localName guesses how a file without an import name calls the package: the
// last part of its path that is not a major version.
func localName(full string) string {
	base := path.Base(full)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(full))
	}
	return strings.TrimPrefix(base, "go-")
}

// at gives "file:line" of a position.
func (t *Tree) at(pos token.Pos) string {
	p := t.Fset.Position(pos)
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// packages gives the folders with Go files, sorted.
func (t *Tree) packages() []string {
	var all []string
	for _, f := range t.Files {
		all = append(all, f.Package)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// within says whether p is the folder, or lies under it when the folder ends in
// "/*".
func within(p, folder string) bool {
	if root, ok := strings.CutSuffix(folder, "/*"); ok {
		return strings.HasPrefix(p, root+"/")
	}
	return p == folder
}

func withinAny(p string, folders []string) bool {
	return slices.ContainsFunc(folders, func(f string) bool { return within(p, f) })
}

// sorted puts violations in the order of the files.
func sorted(vs []Violation) []Violation {
	slices.SortStableFunc(vs, func(a, b Violation) int { return cmp.Compare(a.Where, b.Where) })
	return vs
}
