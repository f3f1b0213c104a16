package salvage

// SetMost sets how many late records are kept of one kiosk.
func (s *Salvage) SetMost(most int) { s.most = most }
