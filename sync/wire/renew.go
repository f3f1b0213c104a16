package wire

// RenewRequest asks for a certificate for a new TLS key. It comes as what UploadRenew
// signs: the record key says who asks, so that a certificate that has ended is no
// hindrance. The same key may ask again and gets the same certificate.
type RenewRequest struct {
	CSR []byte `json:"csr"` // DER PKCS #10, key ECDSA P-256; its subject is ignored
}

// RenewReply is the certificate in force from now on, DER. The one before holds until
// this one was used.
type RenewReply struct {
	Cert []byte `json:"cert"`
}
