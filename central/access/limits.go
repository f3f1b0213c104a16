package access

import (
	"context"
	"math"
	"net/netip"
	"time"

	"github.com/timepost/timepost/internal/problem"
	"github.com/timepost/timepost/store/centraldb"
)

// limit says how many failures a bucket forgives, how long it then waits after
// each one more (doubling up to most), and after what time it forgets.
type limit struct {
	free   int
	first  time.Duration
	most   time.Duration
	forget time.Duration
}

// accountLimit guards one account from guesses from everywhere; it never closes
// for longer than 15 minutes, or anybody could lock an owner out.
func accountLimit() limit {
	return limit{free: 10, first: 30 * time.Second, most: 15 * time.Minute, forget: time.Hour}
}

// addressLimit guards all accounts from one address. Offices share addresses.
func addressLimit() limit {
	return limit{free: 30, first: 30 * time.Second, most: 15 * time.Minute, forget: time.Hour}
}

// waits gives how long after the last failure the next attempt must wait.
func (l limit) waits(failures int) time.Duration {
	if failures < l.free {
		return 0
	}
	d := float64(l.first) * math.Pow(2, float64(min(failures-l.free, 20)))
	return min(time.Duration(d), l.most)
}

// bucket is what failures are counted in: an account or an address.
type bucket struct {
	name string
	limit
	forgiven bool // a success forgives everything, not itself only
}

func accountBucket(email string) bucket {
	return bucket{name: "account:" + email, limit: accountLimit(), forgiven: true}
}

func addressBucket(address string) bucket {
	return bucket{name: "address:" + bucketOf(address), limit: addressLimit()}
}

// charge counts an attempt as failed before anything is compared, so that a
// crash or a hundred parallel attempts win nothing.
func (a *Access) charge(ctx context.Context, buckets ...bucket) error {
	now := a.now()
	var refused error
	err := a.store.Update(ctx, func(tx *centraldb.Tx) error {
		if err := tx.ForgetFailures(ctx, now.Add(-time.Hour).UnixNano()); err != nil {
			return err
		}
		for _, b := range buckets {
			f, err := tx.Failures(ctx, b.name)
			if err != nil {
				return err
			}
			if left := time.Unix(0, f.LastAt).Add(b.waits(f.Count)).Sub(now); f.Count > 0 && left > 0 {
				refused = errLimited(left)
				return nil
			}
		}
		for _, b := range buckets {
			if err := a.add(ctx, tx, b.name, b.limit, 1); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return refused
}

// refund forgives an account everything and an address this attempt.
func (a *Access) refund(ctx context.Context, buckets ...bucket) error {
	return a.store.Update(ctx, func(tx *centraldb.Tx) error {
		for _, b := range buckets {
			if b.forgiven {
				if err := tx.SetFailures(ctx, b.name, centraldb.Failures{}); err != nil {
					return err
				}
				continue
			}
			if err := a.add(ctx, tx, b.name, b.limit, -1); err != nil {
				return err
			}
		}
		return nil
	})
}

func (a *Access) add(ctx context.Context, tx *centraldb.Tx, bucket string, l limit, n int) error {
	f, err := tx.Failures(ctx, bucket)
	if err != nil {
		return err
	}
	if a.now().Sub(time.Unix(0, f.LastAt)) > l.forget {
		f.Count = 0
	}
	f.Count = max(0, f.Count+n)
	if n > 0 {
		f.LastAt = a.now().UnixNano()
		if f.Count == l.free {
			if err := a.audit.Record(ctx, tx, "central", "login.limited", bucket, map[string]any{"failures": f.Count}); err != nil {
				return err
			}
		}
	}
	return tx.SetFailures(ctx, bucket, f)
}

// bucketOf gives what counts as one address: an IPv4 address, an IPv6 /64.
func bucketOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return "unknown" // all of them together
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is4() {
		return ip.String()
	}
	prefix, err := ip.Prefix(64)
	if err != nil {
		return "unknown"
	}
	return prefix.String()
}

func errLimited(left time.Duration) error {
	seconds := int(math.Ceil(left.Seconds()))
	return problem.New(problem.Limited, "There were too many attempts.", "Wait a little, then try again.").With("retry_after_s", seconds)
}
