package webcert

import (
	"crypto/tls"
	"slices"

	"golang.org/x/crypto/acme"
)

// WithFiles gives a listener's configuration that shows f for the names in it, and what
// own shows for all others.
func WithFiles(own *tls.Config, f *Files) *tls.Config {
	config := own.Clone()
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if cert := f.Certificate(); hello.ServerName != "" && cert.Leaf.VerifyHostname(hello.ServerName) == nil {
			return cert, nil
		}
		return own.GetCertificate(hello)
	}
	return config
}

// WithACME gives a listener's configuration that shows certificates of a for its names,
// and answers the authority that wants its proof; what own shows for all others, and
// where there is none.
func WithACME(own *tls.Config, a *ACME) *tls.Config {
	config := own.Clone()
	config.NextProtos = append(slices.Clone(own.NextProtos), "h2", "http/1.1", acme.ALPNProto)
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if slices.Contains(hello.SupportedProtos, acme.ALPNProto) {
			return a.certificate(hello)
		}
		if a.has(hello.ServerName) {
			if cert, err := a.certificate(hello); err == nil {
				return cert, nil
			}
		}
		return own.GetCertificate(hello)
	}
	return config
}
