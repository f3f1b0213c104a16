package admin_test

import (
	"math/rand/v2"
	"time"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
)

// bakery fills the world with a fortnight of a bakery, always the same: shifts
// with breaks, a night shift, a forgotten clock-out, Universal PINs.
func (w *world) bakery() {
	w.t.Helper()
	people := w.people("Greta Lindholm/Bakery", "Tomasz Zieliński/Bakery", "Anna Bergmann/Bakery", "Luis Fernández/Bakery",
		"Ірина Шевченко/Bakery", "Kwame Mensah/Bakery", "Björn Ångström/Bakery", "Felix Brandt/Bakery",
		"Amara Okafor/Shop", "Chloé Dubois/Shop", "Zeynep Kaya/Shop", "Giulia Conti/Shop", "Daniel O’Connor/Shop", "Yuki Tanaka/Shop",
		"Hakan Yıldız/Delivery", "Lotte Visser/Delivery", "Pedro Santos/Delivery", "Emre Demir/Delivery")
	w.kiosk("front-door", "Front door")
	w.kiosk("loading-dock", "Loading dock")
	w.update(func(tx *centraldb.Tx) error {
		return tx.SetKioskIdentity(w.t.Context(), centraldb.Kiosk{
			Kiosk: attendance.Kiosk{ID: "front-door"}, Status: centraldb.KioskEnrolled,
			RecordKey: make([]byte, 32), SealKey: make([]byte, 32),
		})
	})
	if err := w.db.Seen(w.t.Context(), centraldb.Seen{Kiosk: "front-door", At: w.now().Add(-20 * time.Second)}); err != nil {
		w.t.Fatal(err)
	}
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		w.t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	y, m, d := w.now().In(zone).Date()
	var all []attendance.Punch
	for back := 13; back >= 0; back-- {
		day := time.Date(y, m, d-back, 0, 0, 0, 0, zone)
		if day.Weekday() == time.Sunday {
			continue
		}
		for i, p := range people {
			if r.IntN(9) == 0 {
				continue
			}
			all = append(all, shift(r, p, i, day)...)
		}
	}
	var past []attendance.Punch
	for _, u := range all {
		if u.At.Before(w.now()) {
			past = append(past, u)
		}
	}
	sortByTime(past)
	w.punches(past...)
}

func shift(r *rand.Rand, p attendance.Person, i int, day time.Time) []attendance.Punch {
	begin := 4*60 + 30 + r.IntN(40) // bakers
	switch p.Team {
	case "Shop":
		begin = 7*60 + 40 + r.IntN(30) + i%2*150
	case "Delivery":
		begin = 5*60 + 50 + r.IntN(50)
	}
	if i == 7 {
		begin = 20*60 + 45 + r.IntN(20) // the night oven
	}
	auth := attendance.AuthPersonal
	if r.IntN(11) == 0 {
		auth = attendance.AuthUniversal
	}
	kiosk := "front-door"
	if p.Team == "Delivery" {
		kiosk = "loading-dock"
	}
	at := func(minutes int, a attendance.Action) attendance.Punch {
		return attendance.Punch{Person: p.ID, Kiosk: kiosk, Action: a, At: day.Add(time.Duration(minutes) * time.Minute).UTC(), Auth: auth}
	}
	pause := begin + 200 + r.IntN(60)
	out := []attendance.Punch{at(begin, attendance.In), at(pause, attendance.BreakStart), at(pause+25+r.IntN(20), attendance.BreakEnd)}
	if r.IntN(30) == 0 {
		return out // forgotten
	}
	return append(out, at(begin+500+r.IntN(50), attendance.Out))
}

func sortByTime(punches []attendance.Punch) {
	for i := 1; i < len(punches); i++ {
		for j := i; j > 0 && punches[j].At.Before(punches[j-1].At); j-- {
			punches[j], punches[j-1] = punches[j-1], punches[j]
		}
	}
}
