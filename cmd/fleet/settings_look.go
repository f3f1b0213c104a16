package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/timepost/timepost/central/client"
	"github.com/timepost/timepost/internal/problem"
)

type settingsBreaksCmd struct {
	Least *int `help:"The shortest break, in minutes: who ends one sooner is asked whether they mean it; 0: nobody is." placeholder:"N"`
	Due   *int `help:"After how many minutes of work without one a break is due; 0: never." placeholder:"N"`
}

// Run changes the organisation's rule.
func (b *settingsBreaksCmd) Run(ctx context.Context, c *console, g *globals) error {
	if b.Least == nil && b.Due == nil {
		return problem.New(problem.Invalid, "What is to be changed?", "Give --least or --due.")
	}
	return changeSettings(ctx, c, g, func(now client.Settings) client.SettingsEdit {
		rule := now.Break
		given(b.Least, &rule.Least)
		given(b.Due, &rule.Due)
		return client.SettingsEdit{Break: &rule}
	})
}

type settingsLookCmd struct {
	Theme     *string `help:"light, dark or contrast." placeholder:"THEME"`
	LargeText *bool   `negatable:"" help:"Show larger text; --no-large-text: of normal size."`
	Accent    *string `help:"The organisation's colour, such as #0a4f96; empty: ours." placeholder:"COLOUR"`
	Sounds    *bool   `negatable:"" help:"Play a sound for in, out and refused."`
	Spoken    *bool   `negatable:"" help:"Read receipts out, where the kiosk has espeak-ng."`
	Night     *string `help:"When the screen is dimmed, such as 22:00-05:30; empty: never." placeholder:"FROM-TO"`
}

// Run changes how all touchscreens look.
func (l *settingsLookCmd) Run(ctx context.Context, c *console, g *globals) error {
	if *l == (settingsLookCmd{}) {
		return problem.New(problem.Invalid, "What is to be changed?", "Give --theme, --large-text, --accent, --sounds, --spoken or --night.")
	}
	return changeSettings(ctx, c, g, func(now client.Settings) client.SettingsEdit {
		look := now.Look
		given(l.Theme, &look.Theme)
		given(l.LargeText, &look.LargeText)
		given(l.Accent, &look.Accent)
		given(l.Sounds, &look.Sounds)
		given(l.Spoken, &look.Spoken)
		if l.Night != nil {
			look.NightFrom, look.NightTo, _ = strings.Cut(*l.Night, "-")
		}
		return client.SettingsEdit{Look: &look}
	})
}

// given puts what was given in its place.
func given[T any](from, into *T) {
	if from != nil {
		*into = *from
	}
}

// changeSettings changes what edit makes of the settings as they are.
func changeSettings(ctx context.Context, c *console, g *globals, edit func(client.Settings) client.SettingsEdit) error {
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	now, err := api.Settings(ctx)
	if err != nil {
		return err
	}
	s, err := api.EditSettings(ctx, edit(now))
	if err != nil {
		return err
	}
	return showSettings(c, g, s)
}

type settingsLogoCmd struct {
	File   string `arg:"" optional:"" help:"A PNG or JPEG file of at most 2 MiB."`
	Remove bool   `help:"Show the organisation's name instead."`
}

// Run makes a file the logo, or takes it away.
func (l *settingsLogoCmd) Run(ctx context.Context, c *console, g *globals) (err error) {
	if (l.File == "") != l.Remove {
		return problem.New(problem.Invalid, "Which logo?", "Give a file, or --remove.")
	}
	api, err := g.connect()
	if err != nil {
		return err
	}
	defer api.Close()
	if l.Remove {
		if _, err := api.RemoveLogo(ctx); err != nil {
			return err
		}
		fmt.Fprintln(c.out, "Touchscreens show the organisation's name.")
		return nil
	}
	f, err := os.Open(l.File)
	if err != nil {
		return problem.New(problem.NotFound, "The file can't be read.", "Is its name right?").Because(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := api.SetLogo(ctx, f); err != nil {
		return err
	}
	fmt.Fprintln(c.out, "Touchscreens show the logo as soon as they are connected.")
	return nil
}
