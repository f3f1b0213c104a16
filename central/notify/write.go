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
		if err := n.address(ctx, tx, ids[i], notice, settings.Mail.Site, now); err != nil {
			return 0, err
		}
	}
	return len(ids), nil
}

// address queues one mail for each of a notice's audience.
func (n *Notify) address(ctx context.Context, tx *centraldb.Tx, id int64, notice centraldb.Notice, site string, now time.Time) error {
	to, err := tx.Recipients(ctx, notice.Audience)
	if err != nil {
		return err
	}
	for _, address := range to {
		err := tx.AddLetter(ctx, centraldb.Letter{
			Notice: id, Recipient: address, Subject: short(notice.Title), Body: n.text(notice, site),
			CreatedAt: now.UnixNano(), DueAt: now.UnixNano(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// text is what a mail says: the notice, where to go, and who says so.
func (n *Notify) text(notice centraldb.Notice, site string) string {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(notice.Body))
	b.WriteString("\n")
	if notice.Path != "" && site != "" {
		b.WriteString("\n" + site + notice.Path + "\n")
	}
	b.WriteString("\n-- \nTimepost of " + n.Org.Name + "\n")
	return b.String()
}

func short(title string) string {
	if len(title) <= maxTitled {
		return title
	}
	return strings.ToValidUTF8(title[:maxTitled], "") + "…"
}
