package devicedb_test

import (
	"crypto/ed25519"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/storetest"
)

func TestJournalContract(t *testing.T) {
	t.Parallel()
	storetest.RunJournal(t, func(t *testing.T) storetest.Subject {
		j := openJournal(t, filepath.Join(t.TempDir(), "journal.db"), &clock{boot: "a"})
		return storetest.Subject{
			Journal: j, Org: "acme", Kiosk: "front", Key: newIdentity(1).Key.Public().(ed25519.PublicKey),
			Append: func(t *testing.T) { punch(t, j, "ann", attendance.In) },
		}
	})
}
