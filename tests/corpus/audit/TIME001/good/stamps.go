package audit

import (
	"log/slog"
	"time"
)

type AuditRecord struct {
	Time   time.Time
	User   string
	Length time.Duration
}

type AuditConfig struct {
	Started time.Time
}

type session struct {
	Began time.Time
}

type writer struct {
	clock func() time.Time
	log   *slog.Logger
}

// The clock is given in.
func (w *writer) record(user string) AuditRecord {
	return AuditRecord{Time: w.clock(), User: user}
}

// The caller gives the time.
func record(at time.Time, user string) AuditRecord {
	return AuditRecord{Time: at, User: user}
}

// No record: a session.
func begin() session {
	return session{Began: time.Now()}
}

// No record: the configuration of a writer.
func configured() AuditConfig {
	return AuditConfig{Started: time.Now()}
}

// A span is measured, which needs no declared clock.
func measured(begin time.Time) AuditRecord {
	return AuditRecord{Length: time.Since(begin)}
}

// A log that is no audit log.
func (w *writer) debug() {
	w.log.Debug("tick", "at", time.Now())
}

// A time-out.
func deadline() time.Time {
	return time.Now().Add(5 * time.Second)
}

type clock struct{}

func (clock) Now() time.Time { return time.Time{} }

// Another Now.
func shadowed(time clock) AuditRecord {
	return AuditRecord{Time: time.Now()}
}

// A fixed time.
func fixed() AuditRecord {
	return AuditRecord{Time: time.Unix(0, 0)}
}

// The file's name holds the day; records do not come from it.
func auditFile() string {
	return "audit-" + time.Now().Format("20060102") + ".log"
}
