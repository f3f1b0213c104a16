package enrol

import (
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/timepost/timepost/internal/problem"
)

// A list of brokers is a few addresses; more would only be waited for in vain.
const (
	mostBrokers   = 16
	longestBroker = 300 // bytes
)

// KeepBrokers writes to the identity kept in dir which brokers central is at, the
// preferred one first, and which others are tried after them. What is no tls:// address
// is problem.Invalid, and nothing is changed.
func KeepBrokers(dir string, brokers, reserve []string) error {
	if err := checkBrokers(brokers); err != nil {
		return problem.New(problem.Invalid, "The server's brokers can't be used.", "Look at --broker of central serve.").Because(err)
	}
	s, err := loadStored(dir)
	if err != nil {
		return err
	}
	s.Device = s.device() // an early identity derives it from the brokers
	s.Brokers, s.Reserve = brokers, reserve[:min(len(reserve), mostBrokers)]
	return s.save(dir)
}

func checkBrokers(brokers []string) error {
	if len(brokers) == 0 || len(brokers) > mostBrokers {
		return errors.New("no broker is named, or too many are")
	}
	for _, b := range brokers {
		u, err := url.Parse(b)
		if err != nil || u.Scheme != "tls" || len(b) > longestBroker {
			return fmt.Errorf("the broker %q is no tls:// address", b)
		}
		if _, _, err := net.SplitHostPort(u.Host); err != nil {
			return fmt.Errorf("the broker %q is no tls:// address: %w", b, err)
		}
	}
	return nil
}
