package admin_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Every page can be read where scripts do not run: a screen reader is given the
// same heading and the same words of its content.
func TestPagesReadWithoutScripts(t *testing.T) {
	t.Parallel()
	w := fullWorld(t)
	ctx := chrome(t, 1280, 900, false)
	w.logIn(ctx)
	for _, path := range everyPage(t) {
		with := w.read(ctx, path, false)
		without := w.read(ctx, path, true)
		if len(without) == 0 {
			t.Errorf("%s: nothing to read", path)
		}
		for _, text := range with {
			if !strings.Contains(strings.Join(without, "\n"), text) {
				t.Errorf("%s: without scripts nobody reads %q", path, text)
			}
		}
	}
}

// read gives the texts of a page's main part in the order of the reader.
func (w *world) read(ctx context.Context, path string, noScripts bool) []string {
	w.t.Helper()
	var nodes []*accessibility.Node
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: noScripts})
		return err
	}), chromedp.Navigate(w.server.URL+path), chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		r, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
		if err == nil {
			nodes = r.Nodes
		}
		return err
	}))
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	var out []string
	for _, n := range nodes {
		if n.Role != nil && n.Name != nil && string(n.Role.Value) == `"StaticText"` {
			out = append(out, strings.Trim(string(n.Name.Value), `"`))
		}
	}
	return out
}
