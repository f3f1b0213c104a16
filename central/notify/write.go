package notify

import (
	"context"
	"strings"
	"time"

	"github.com/timepost/timepost/store/centraldb"
)

const (
	stale     = 7 * 24 * time.Hour // older notices make no mail
	batch     = 50                 // notices in one transaction
	maxTitled = 200                // bytes of a subject
)

// write makes mails of all notices, where mail is set up.
func (n *Notify) write(ctx context.Context) error {
	for {
		settings, err := n.Store.Settings(ctx)
		if err != nil || settings.Mail.Host == "" {
			return err
		}
		var took int
		err = n.Store.Update(ctx, func(tx *centraldb.Tx) error {
			took, err = n.writeSome(ctx, tx)
			return err
		})
		if err != nil || took < batch {
			return err
		}
	}
}

func (n *Notify) writeSome(ctx context.Context, tx *centraldb.Tx) (int, error) {
	settings, err := tx.Settings(ctx)
	if err != nil || settings.Mail.Host == "" {
		return 0, err
	}
	ids, notices, err := tx.Unmailed(ctx, batch)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	org, err := n.Store.Organisation(ctx)
	if err != nil {
		return 0, err
	}
	now := n.Now()
	for i, notice := range notices {
		if err := tx.SetMailed(ctx, ids[i]); err != nil {
			return 0, err
		}
		if now.Sub(time.Unix(0, notice.At)) > stale {
			continue
		}
		if err := n.address(ctx, tx, centraldb.Letter{
			Notice: ids[i], Subject: short(notice.Title), Body: text(notice, settings.Mail.Site, org.Name), CreatedAt: now.UnixNano(), DueAt: now.UnixNano(),
		}, notice.Audience); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// address queues a mail for each of an audience.
func (n *Notify) address(ctx context.Context, tx *centraldb.Tx, l centraldb.Letter, audience string) error {
	to, err := tx.Recipients(ctx, audience)
	if err != nil {
		return err
	}
	for _, l.Recipient = range to {
		if err := tx.AddLetter(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// text is what a mail says: the notice, where to go, and who says so.
func text(notice centraldb.Notice, site, org string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(notice.Body))
	b.WriteString("\n")
	if notice.Path != "" && site != "" {
		b.WriteString("\n" + site + notice.Path + "\n")
	}
	b.WriteString("\n-- \nTimepost of " + org + "\n")
	return b.String()
}

func short(title string) string {
	if len(title) <= maxTitled {
		return title
	}
	return strings.ToValidUTF8(title[:maxTitled], "") + "…"
}
