package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/timepost/timepost/attendance/badge"
	"github.com/timepost/timepost/device/hw"
	"github.com/timepost/timepost/device/local"
	"github.com/timepost/timepost/internal/command"
)

// readerFile is where a kiosk keeps its badge readers.
func readerFile(data string, log *slog.Logger) *hw.ReaderFile {
	return hw.OpenReaderFile(filepath.Join(data, "readers.json"), log)
}

// badgeTaker is who is told of cards.
type badgeTaker interface {
	Badge(ctx context.Context, read string, how badge.Transform) local.BadgeRead
}

// takeCards gives every card that is held to a reader to the Terminal, one after
// the other, until ctx ends.
func takeCards(ctx context.Context, reads <-chan hw.Read, t badgeTaker) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case r := <-reads:
			t.Badge(ctx, r.Text, r.Reader.Transform)
		}
	}
}

// readerCmd is kioskd reader.
type readerCmd struct {
	List   readerListCmd   `cmd:"" help:"Say which badge readers this kiosk reads."`
	Set    readerSetCmd    `cmd:"" help:"Read a badge reader, or say how its numbers are typed."`
	Remove readerRemoveCmd `cmd:"" help:"Read a badge reader no more."`
}

// dataFolder is where the verbs find the kiosk.
type dataFolder struct {
	Data string `help:"Where this kiosk keeps its keys and its punches. Default: ${data}." default:"${data}" type:"path" placeholder:"DIR"`
}

func (d dataFolder) readers(con *console) *hw.ReaderFile {
	return readerFile(d.Data, slog.New(slog.NewTextHandler(con.err, nil)))
}

type readerListCmd struct {
	dataFolder
}

// Run prints the readers, one a line.
func (c *readerListCmd) Run(con *console) error {
	all := c.readers(con).All()
	for _, r := range all {
		if _, err := fmt.Fprintf(con.out, "%s  %s  %s\n", r.ID, describe(r.Transform), command.Clean(r.Name)); err != nil {
			return err
		}
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(con.out, "no badge readers")
		return err
	}
	return nil
}

func describe(t badge.Transform) string {
	out := string(t.Format)
	if out == "" {
		out = string(badge.Auto)
	}
	if t.Reverse {
		out += ", reversed"
	}
	if t.Bytes > 0 {
		out += fmt.Sprintf(", last %d bytes", t.Bytes)
	}
	if t.Prefix != "" || t.Suffix != "" {
		out += fmt.Sprintf(", between %q and %q", t.Prefix, t.Suffix)
	}
	return out
}

type readerSetCmd struct {
	dataFolder
	ID      string `arg:"" help:"The reader's vendor and product, as lsusb shows them: 08ff:0009."`
	Name    string `help:"What to call it." placeholder:"NAME"`
	Format  string `help:"How it types numbers: auto, decimal, hex, wiegand or text." default:"auto" placeholder:"FORMAT"`
	Reverse bool   `help:"It types the last byte first."`
	Bytes   int    `help:"Only so many bytes at the end count; 3 agrees with Wiegand readers. Default: all." placeholder:"N"`
	Prefix  string `help:"What it types before each number." placeholder:"TEXT"`
	Suffix  string `help:"What it types after each number." placeholder:"TEXT"`
}

// Run notes the reader. A running daemon reads it a second later.
func (c *readerSetCmd) Run(con *console) error {
	return c.readers(con).Put(hw.Reader{ID: c.ID, Name: c.Name, Transform: badge.Transform{
		Format: badge.Format(c.Format), Reverse: c.Reverse, Bytes: c.Bytes, Prefix: c.Prefix, Suffix: c.Suffix,
	}})
}

type readerRemoveCmd struct {
	dataFolder
	ID string `arg:"" help:"The reader's vendor and product."`
}

// Run forgets the reader.
func (c *readerRemoveCmd) Run(con *console) error { return c.readers(con).Remove(c.ID) }
