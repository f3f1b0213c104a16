package command

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed shells
var shellFiles embed.FS

// completionCmd prints what makes a shell complete the program's words.
type completionCmd struct {
	program string

	Shell string `arg:"" help:"bash, zsh or fish." enum:"bash,zsh,fish"`
}

// Help is shown by completion --help.
func (c completionCmd) Help() string {
	return strings.ReplaceAll(`Load it once to try it, or keep it for good:

  bash: source <(NAME completion bash)
        NAME completion bash > ~/.local/share/bash-completion/completions/NAME
  zsh:  NAME completion zsh > "${fpath[1]}/_NAME"
  fish: NAME completion fish > ~/.config/fish/completions/NAME.fish`, "NAME", c.program)
}

// Run prints the script.
func (c *completionCmd) Run(l *Line) error {
	text, err := shellFiles.ReadFile("shells/" + c.Shell)
	if err != nil {
		return fmt.Errorf("read script: %w", err)
	}
	_, err = fmt.Fprint(l.Out, strings.ReplaceAll(string(text), "NAME", l.Name))
	return err
}
