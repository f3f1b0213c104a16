package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/timepost/timepost/internal/problem"
)

// MaxFile bounds a configuration file, in bytes.
const MaxFile = 64 << 10

// maxNamed bounds how many unknown keys one error names.
const maxNamed = 10

// Validator is a configuration that can say whether its values make sense.
// Validate is called after a successful load; its error should name the key.
type Validator interface {
	Validate() error
}

// Load reads the TOML file at path into the struct that into points to. Keys are
// named by `toml:"..."` tags. The error is problem.NotFound when there is no such
// file, and problem.Invalid when the file is not as it should be; into is then
// in no defined state.
func Load(path string, into any) error {
	data, err := read(path)
	if err != nil {
		return err
	}
	return Parse(path, data, into)
}

// Parse is Load for text that is already in memory. Name stands in errors.
func Parse(name string, data []byte, into any) error {
	if len(data) > MaxFile {
		return invalid(fmt.Sprintf("%s is larger than %d bytes.", name, MaxFile),
			"Check that this is the configuration file.")
	}
	meta, err := toml.Decode(string(data), into)
	if err != nil {
		return syntax(name, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return unknownKeys(name, string(data), unknown)
	}
	if v, ok := into.(Validator); ok {
		if err := v.Validate(); err != nil {
			return invalid(fmt.Sprintf("%s: %s", name, plain(err)), hintOf(err)).Because(err)
		}
	}
	return nil
}

// read reads the file, at most one byte more than Parse accepts.
func read(path string) (data []byte, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.New(problem.NotFound, "There is no configuration file "+path+".",
			"Create it, or name another one.").Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open configuration: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return data, nil
}

// syntax makes a problem of what the decoder says, which may be a ParseError with
// a position or the error of a value that reads itself.
func syntax(name string, err error) error {
	var parse toml.ParseError
	if !errors.As(err, &parse) {
		text := strings.TrimPrefix(plain(err), "toml: ") // it says the line itself
		return invalid(fmt.Sprintf("%s: %s", name, text), hintOf(err)).Because(err)
	}
	where := fmt.Sprintf("%s:%d", name, parse.Position.Line)
	if parse.LastKey != "" {
		where += ": " + parse.LastKey
	}
	p := invalid(where+": "+parse.Message, "Correct this line.").Because(err)
	return p.With("file", name).With("line", parse.Position.Line)
}

// unknownKeys names every key that nothing reads, with its line.
func unknownKeys(name, text string, keys []toml.Key) error {
	var said []string
	first := 0
	for _, key := range keys[:min(len(keys), maxNamed)] {
		line := lineOf(text, key)
		if first == 0 {
			first = line
		}
		said = append(said, fmt.Sprintf("%s:%d: unknown key %s", name, line, key))
	}
	if more := len(keys) - len(said); more > 0 {
		said = append(said, fmt.Sprintf("and %d more", more))
	}
	p := invalid(strings.Join(said, "\n"), "Correct the spelling or remove the key.")
	return p.With("file", name).With("line", first)
}

func invalid(message, hint string) *problem.Error {
	return problem.New(problem.Invalid, message, hint)
}

// plain gives the words for a person of a problem, and the text of other errors.
func plain(err error) string {
	var p *problem.Error
	if errors.As(err, &p) {
		return p.Message
	}
	return err.Error()
}

func hintOf(err error) string {
	var p *problem.Error
	if errors.As(err, &p) && p.Hint != "" {
		return p.Hint
	}
	return "Correct the value."
}
