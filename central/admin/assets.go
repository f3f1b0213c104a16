package admin

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"strings"
)

//go:embed static
var staticFiles embed.FS

const staticPath = "/static/"

// assets serves the embedded files under a path that names their content, so
// that browsers keep them and never keep old ones.
type assets struct {
	version string
	files   http.Handler
}

func loadAssets() (assets, error) {
	dir, err := fs.Sub(staticFiles, "static")
	if err != nil {
		return assets{}, fmt.Errorf("open static files: %w", err)
	}
	sum := sha256.New()
	err = fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(dir, path)
		fmt.Fprintf(sum, "%s %d\n", path, len(b))
		sum.Write(b)
		return err
	})
	if err != nil {
		return assets{}, fmt.Errorf("read static files: %w", err)
	}
	return assets{version: hex.EncodeToString(sum.Sum(nil))[:12], files: http.FileServerFS(dir)}, nil
}

// path gives the address of an embedded file.
func (a assets) path(name string) string { return staticPath + a.version + "/" + name }

// ServeHTTP serves one file; a folder is no file.
func (a assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, staticPath), "/")
	if version != a.version || name == "" || strings.HasSuffix(name, "/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	r2 := r.Clone(r.Context())
	r2.URL.Path = "/" + name
	a.files.ServeHTTP(w, r2)
}

// policy lets a page use its own host's files and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; " +
	"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secured sets the headers that every answer has.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if named(r.Host) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// named says whether the host is a real name: on localhost, strict transport
// would bind every other program's pages to HTTPS as well.
func named(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	return net.ParseIP(strings.Trim(host, "[]")) == nil && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}
