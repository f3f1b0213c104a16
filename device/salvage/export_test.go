package salvage

// SetMost sets how many bytes of files stay.
func (s *Sender) SetMost(most int64) { s.most = most }
