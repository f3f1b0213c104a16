package admin

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/timepost/timepost/attendance"
	"github.com/timepost/timepost/central/access"
	"github.com/timepost/timepost/internal/problem"
)

// sessionCookie is bound to this host and to HTTPS by its prefix.
const sessionCookie = "__Host-timepost"

// maxForm bounds a posted form.
const maxForm = 16 << 10

// handle puts the same doorway before every page: who is it, may they, and what
// went wrong.
func (p *pages) handle(r route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		who, err := p.identify(req, r.needs)
		if problem.Is(err, problem.Unauthenticated) {
			toLogin(w, req)
			return
		}
		if problem.Is(err, problem.Forbidden) && req.Method == http.MethodGet && req.URL.Path == "/" {
			http.Redirect(w, req, p.home(who.Role), http.StatusSeeOther)
			return
		}
		if err == nil {
			err = whole(w, req, formLimit(r.path))
		}
		if err == nil {
			err = p.noteAsking(req, who)
		}
		if err == nil {
			err = r.serve(w, guarded(req, who), who)
		}
		if err != nil && req.Context().Err() == nil {
			p.fail(w, req, who, err)
		}
	})
}

// guarded gives the request with a context in which its caller writes only as long as
// they may.
func guarded(r *http.Request, who access.Identity) *http.Request {
	if who.Email == "" {
		return r
	}
	return r.WithContext(access.Guard(r.Context(), who))
}

// formLimit gives how many bytes a form posted to a route may have.
func formLimit(path string) int64 {
	switch path {
	case "/team/import/run":
		return maxUpload*4/3 + maxForm // the previewed file comes back in base64
	case "/team-pins.csv":
		return maxPINs
	case "/kiosks/{id}/people":
		return teamsForm
	case "/projects/{id}/kiosks", "/kiosks/{id}/projects", "/team/{id}/work":
		return worksForm
	}
	return maxForm
}

// whole reads a posted form to its end, whether or not its route looks at it, so
// that nothing is done for one that is cut off or too large. A file is read by the
// route that wants one.
func whole(w http.ResponseWriter, r *http.Request, most int64) error {
	if r.Method != http.MethodPost || strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if err := r.ParseForm(); err != nil {
		return problem.New(problem.Invalid, "The form did not arrive whole.", "Go back and try again.").Because(err)
	}
	return nil
}

func (p *pages) identify(r *http.Request, needs access.Permission) (access.Identity, error) {
	if needs == "" {
		return access.Identity{}, nil
	}
	look := p.Door.Session
	if r.Method == http.MethodGet && r.Header.Get("HX-Request") != "" {
		look = p.Door.Peek // the page asks by itself; nobody may be there
	}
	who, err := look(r.Context(), secretOf(r))
	if err != nil {
		return who, err
	}
	if !access.Allowed(who.Role, needs) {
		return who, problem.New(problem.Forbidden, "Your role does not allow this page.", "Ask an owner.")
	}
	return who, nil
}

// toLogin sends the browser to the login, and back afterwards. The live part of
// a page sends the whole page.
func toLogin(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", "/login")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	to := "/login"
	if r.Method == http.MethodGet && r.URL.Path != "/" {
		to += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// loginView is what the login page shows.
type loginView struct {
	page
	Email   string
	Next    string
	Passkey bool // the site has a name, so browsers have passkeys for it
	Problem *problem.Error
	Wait    int // seconds
}

func (p *pages) loginForm(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	if _, err := p.Door.Session(r.Context(), secretOf(r)); err == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	}
	return p.show(w, http.StatusOK, "login", p.loginView(r, localPath(r.URL.Query().Get("next"))))
}

func (p *pages) loginView(r *http.Request, next string) loginView {
	return loginView{page: p.page("Log in", "", access.Identity{}), Next: next, Passkey: access.CanPasskey(r.Host)}
}

func (p *pages) login(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	email, next := r.PostForm.Get("email"), localPath(r.PostForm.Get("next"))
	secret, who, err := p.Door.Login(r.Context(), email, r.PostForm.Get("password"), visitOf(r))
	if err != nil {
		return p.loginAgain(w, r, email, next, err)
	}
	return p.enter(w, r, secret, who, next)
}

// enter gives a browser its session and leads where it wanted to go, or to the
// first page of its role.
func (p *pages) enter(w http.ResponseWriter, r *http.Request, secret string, who access.Identity, next string) error {
	http.SetCookie(w, cookie(secret))
	if next == "/" {
		next = p.home(who.Role)
	}
	return seeOther(w, r, next)
}

// home is the first page that a role may open.
func (p *pages) home(role attendance.Role) string {
	for _, path := range []string{"/", "/punches", "/me"} {
		if p.opens(role, path) {
			return path
		}
	}
	return "/account"
}

func (p *pages) loginAgain(w http.ResponseWriter, r *http.Request, email, next string, err error) error {
	e := problem.From(err)
	if e.Code.HTTPStatus() >= http.StatusInternalServerError {
		return err
	}
	v := p.loginView(r, next)
	v.Email, v.Problem = email, e
	v.Wait, _ = e.Detail["retry_after_s"].(int)
	return p.show(w, e.Code.HTTPStatus(), "login", v)
}

func (p *pages) logout(w http.ResponseWriter, r *http.Request, _ access.Identity) error {
	if err := p.Door.Logout(r.Context(), secretOf(r)); err != nil {
		return err
	}
	gone := cookie("")
	gone.MaxAge = -1
	http.SetCookie(w, gone)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// cookie lives as long as the browser; access ends the session earlier.
func cookie(secret string) *http.Cookie {
	return &http.Cookie{Name: sessionCookie, Value: secret, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func secretOf(r *http.Request) string {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return "" // no cookie, no session
	}
	return c.Value
}

// visitOf says where a login comes from.
func visitOf(r *http.Request) access.Visit {
	return access.Visit{Address: addressOf(r), Device: deviceOf(r.UserAgent()), Previous: secretOf(r)}
}

func addressOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// localPath gives next if it is a page of ours, or the first page. Browsers read
// // and /\ as another host.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

// fail shows what went wrong; the cause goes to the log only.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, who access.Identity, err error) {
	e := problem.From(err)
	if e.Code.HTTPStatus() >= http.StatusInternalServerError {
		p.Log.Error("page failed", slog.String("path", r.URL.Path), slog.Any("err", err))
	}
	v := problemView{page: p.page("Something is wrong", "", who), Problem: e}
	if serr := p.show(w, e.Code.HTTPStatus(), "problem", v); serr != nil {
		p.Log.Error("page failed", slog.String("path", r.URL.Path), slog.Any("err", serr))
	}
}

type problemView struct {
	page
	Problem *problem.Error
}

func (p *pages) missing(http.ResponseWriter, *http.Request, access.Identity) error {
	return problem.New(problem.NotFound, "There is no such page.", "Go to Now or Punches.")
}

func (p *pages) crossOrigin(http.ResponseWriter, *http.Request, access.Identity) error {
	return problem.New(problem.Forbidden, "This came from another site, and was not done.", "Open the page here and try again.")
}

func (p *pages) doorRoutes() []route {
	return []route{
		{"GET", "/login", "", p.loginForm},
		{"POST", "/login", "", p.login},
		{"POST", "/login/passkey/options", "", p.passkeyOptions(access.LoginPasskey)},
		{"POST", "/login/passkey", "", p.loginByPasskey},
		{"GET", "/welcome", "", p.welcomeForm},
		{"POST", "/welcome", "", p.welcome},
		{"POST", "/logout", "", p.logout},
		{"GET", "/confirm", access.OwnAccount, p.confirmForm},
		{"POST", "/confirm", access.OwnAccount, p.confirm},
		{"POST", "/confirm/passkey/options", access.OwnAccount, p.passkeyOptions(access.ConfirmPasskey)},
		{"POST", "/confirm/passkey", access.OwnAccount, p.confirmByPasskey},
	}
}
