package witness

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// every is how often it is looked whether the day has its line yet: a server that was
// off at midnight, or a disk that was full, makes up for it.
const every = 15 * time.Minute

// NoticeKind is the kind of the notice that a line is mailed by.
const NoticeKind = "witness"

// Teller writes notices.
type Teller interface {
	Update(ctx context.Context, f func(tx *centraldb.Tx) error) error
}

// Config is what a Daily stands on. All fields are needed but File and Mail, of which
// each says where the line goes.
type Config struct {
	Store  Store
	Teller Teller
	Org    string
	Zone   *time.Location     // in which a day is a day
	Key    ed25519.PrivateKey // central's message key
	Now    func() time.Time
	Log    *slog.Logger
	File   string // each day a line is appended to it
	Mail   bool   // each day a line is mailed to the owners
}

// Daily makes a line each day.
type Daily struct {
	c    Config
	done string // the day that has its line
}

// NewDaily gives a Daily.
func NewDaily(c Config) *Daily { return &Daily{c: c} }

// Run makes a line at once, where the day has none yet, and then each day, until ctx
// ends.
func (d *Daily) Run(ctx context.Context) error {
	for {
		if err := d.Once(ctx); err != nil && ctx.Err() == nil {
			d.c.Log.Error("the day has no witness line yet", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(every):
		}
	}
}

// Once makes the line of the day where there is none. Run calls it; it is not for two
// goroutines at a time.
func (d *Daily) Once(ctx context.Context) error {
	now := d.c.Now()
	day := d.day(now)
	if d.done == day {
		return nil
	}
	l, err := Now(ctx, d.c.Store, d.c.Org, now)
	if err != nil {
		return err
	}
	l = l.Seal(d.c.Key)
	if d.c.File != "" {
		if err := d.append(l, day); err != nil {
			return err
		}
	}
	if d.c.Mail {
		err := d.c.Teller.Update(ctx, func(tx *centraldb.Tx) error { return tx.AddNotice(ctx, noticeOf(l, day)) })
		if err != nil {
			return err
		}
	}
	d.done = day
	d.c.Log.Info("witness line made", "journals", l.Journals, "upto", l.UpTo)
	return nil
}

func (d *Daily) day(at time.Time) string { return at.In(d.c.Zone).Format(time.DateOnly) }

func noticeOf(l Line, day string) centraldb.Notice {
	return centraldb.Notice{
		At: l.At.UnixNano(), Kind: NoticeKind, Key: NoticeKind + ":" + day, Audience: centraldb.ToOwners,
		Title: "Where everything stood on " + day,
		Body: "Keep this mail. If you ever doubt this server, copy the line into a file and run on it: central verify --witness FILE\n" +
			"It shows whether everything that was recorded until then is still there.\n\n" + l.String(),
	}
}

// append adds the line to the file, unless its last one is of the same day. It takes the
// place of what a power cut left of another.
func (d *Daily) append(l Line, day string) error {
	f, err := os.OpenFile(d.c.File, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("open witness: %w", err)
	}
	return errors.Join(d.appendTo(f, l, day), f.Close())
}

func (d *Daily) appendTo(f *os.File, l Line, day string) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("read witness: %w", err)
	}
	from := max(0, end-4*maxLine)
	tail := make([]byte, end-from)
	if _, err := f.ReadAt(tail, from); err != nil {
		return fmt.Errorf("read witness: %w", err)
	}
	whole, cut := lastLine(string(tail))
	start, text := end-int64(len(cut)), l.String()+"\n"
	if _, err := Parse(cut); err == nil { // only its end of line is missing
		whole, start, text = cut, end, "\n"+text
	}
	if last, err := Parse(whole); err == nil && d.day(last.At) == day {
		return nil
	}
	if _, err := f.WriteAt([]byte(text), start); err != nil {
		return fmt.Errorf("write witness: %w", err)
	}
	if err := f.Truncate(start + int64(len(text))); err != nil {
		return fmt.Errorf("write witness: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("write witness: %w", err)
	}
	return nil
}

// lastLine gives the last line that is whole, and what follows it: what a power cut left
// of another.
func lastLine(tail string) (whole, cut string) {
	i := strings.LastIndexByte(tail, '\n')
	if i < 0 {
		return "", tail
	}
	cut = tail[i+1:]
	whole = strings.TrimRight(tail[:i], "\r")
	return whole[strings.LastIndexByte(whole, '\n')+1:], cut
}

// ReadFile reads the lines of a file: problem.NotFound where it or its lines are missing,
// problem.Invalid where one can't be read.
func ReadFile(path string) ([]Line, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, problem.New(problem.NotFound, "There is no witness file "+path+".", "central serve --witness FILE adds a line to one each day.").Because(err)
	}
	if err != nil {
		return nil, fmt.Errorf("read witness: %w", err)
	}
	lines, err := ParseAll(text)
	if err == nil && len(lines) == 0 {
		err = problem.New(problem.NotFound, "The witness file "+path+" has no line.", "central serve --witness FILE adds one each day.")
	}
	return lines, err
}
