package correct

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/store/centraldb"
	"github.com/timepost/timepost/sync/wire"
)

// Told is the answer to a request as the person reads it at a kiosk, in their
// language; in English where it is none of those that kiosks speak.
func Told(lang string, r centraldb.PunchRequest) string {
	base, _, _ := strings.Cut(lang, "-")
	w := answerWords(base)
	at := time.Unix(0, r.Claim).In(zoneNamed(r.Zone)).Format("2006-01-02 15:04")
	text := w.approved
	if r.Decision == centraldb.RequestRefused {
		text = w.refused
	}
	text += ": " + w.action(r.Action) + ", " + at + "."
	if r.Answer != "" {
		text += " " + r.Answer
	}
	for len(text) > wire.MaxText {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// answers are the words of one language.
type answers struct {
	approved, refused                 string
	in, out, pause, back, other, last string // the actions
}

func (w answers) action(a attendance.Action) string {
	switch a {
	case attendance.In:
		return w.in
	case attendance.Out:
		return w.out
	case attendance.BreakStart:
		return w.pause
	case attendance.BreakEnd:
		return w.back
	case attendance.Switch:
		return w.other
	}
	return w.last
}

func answerWords(lang string) answers {
	switch lang {
	case "de":
		return answers{"Dein Antrag ist genehmigt", "Dein Antrag ist abgelehnt", "Kommen", "Gehen", "Pause", "Pausenende", "Projektwechsel", "Ende ungeklärt"}
	case "es":
		return answers{"Tu solicitud está aprobada", "Tu solicitud está rechazada", "Entrada", "Salida", "Pausa", "Fin de la pausa", "Cambio de proyecto", "Fin sin aclarar"}
	case "fr":
		return answers{"Votre demande est acceptée", "Votre demande est refusée", "Arrivée", "Départ", "Pause", "Fin de pause", "Changement de projet", "Fin non précisée"}
	case "it":
		return answers{"La tua richiesta è approvata", "La tua richiesta è respinta", "Entrata", "Uscita", "Pausa", "Fine pausa", "Cambio progetto", "Fine non chiarita"}
	case "nl":
		return answers{"Je verzoek is goedgekeurd", "Je verzoek is afgewezen", "In", "Uit", "Pauze", "Einde pauze", "Ander project", "Einde onbekend"}
	case "pl":
		return answers{"Twój wniosek został przyjęty", "Twój wniosek został odrzucony", "Wejście", "Wyjście", "Przerwa", "Koniec przerwy", "Zmiana projektu", "Koniec nieznany"}
	case "pt":
		return answers{"O teu pedido foi aprovado", "O teu pedido foi recusado", "Entrada", "Saída", "Pausa", "Fim da pausa", "Mudança de projeto", "Fim por esclarecer"}
	case "tr":
		return answers{"Talebin onaylandı", "Talebin reddedildi", "Giriş", "Çıkış", "Mola", "Mola sonu", "Proje değişimi", "Bitiş bilinmiyor"}
	case "uk":
		return answers{"Ваш запит схвалено", "Ваш запит відхилено", "Прихід", "Вихід", "Перерва", "Кінець перерви", "Зміна проєкту", "Кінець невідомий"}
	}
	return answers{"Your request is approved", "Your request is refused", "In", "Out", "Break", "Back", "Another project", "Unresolved"}
}
