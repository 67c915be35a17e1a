package blind

import "time"

type Clock interface{ Now() time.Time }

type AuditRecord struct {
	At   time.Time
	User string
}

// A clock that is handed in.
func made(c Clock, user string) AuditRecord { return AuditRecord{At: c.Now(), User: user} }

type cacheEntry struct{ at time.Time }

// No audit record.
func cached() cacheEntry { return cacheEntry{at: time.Now()} }

// How long something took.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
