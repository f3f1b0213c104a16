package centraldb_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/timepost/timepost/store"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/store/storetest"
)

func TestSQLiteKeepsTheContract(t *testing.T) {
	t.Parallel()
	storetest.Central(t, func(t *testing.T) storetest.CentralDB {
		path := filepath.Join(t.TempDir(), "central.db")
		db, err := centraldb.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		beside, err := store.Open(t.Context(), path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			for _, each := range []interface{ Close() error }{beside, db} {
				if err := each.Close(); err != nil {
					t.Error(err)
				}
			}
		})
		return storetest.CentralDB{DB: db, Exec: func(ctx context.Context, query string) error {
			return beside.Write(ctx, func(tx *sql.Tx) error {
				_, err := tx.ExecContext(ctx, query)
				return err
			})
		}}
	})
}
