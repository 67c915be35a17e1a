package audit

import (
	"log/slog"
	"time"
)

type AuditRecord struct {
	Time   time.Time
	User   string
	Event  string
	Result string
	Unix   int64
}

type loginAuditEvent struct {
	At   string
	Who  string
	What string
	OK   bool
}

func literal(user string) AuditRecord {
	return AuditRecord{
		Time: time.Now(), // want
		User: user,
	}
}

func pointer(user string) *AuditRecord {
	return &AuditRecord{User: user, Time: time.Now().UTC()} // want
}

func followed(user string) AuditRecord {
	now := time.Now()
	return AuditRecord{User: user, Time: now} // want
}

func later(user string) AuditRecord {
	rec := AuditRecord{User: user}
	rec.Time = time.Now() // want
	return rec
}

func seconds() AuditRecord {
	return AuditRecord{Unix: time.Now().Unix()} // want
}

func text(who string) loginAuditEvent {
	return loginAuditEvent{Who: who, At: time.Now().Format(time.RFC3339)} // want
}

func positional(who string) loginAuditEvent {
	return loginAuditEvent{time.Now().String(), who, "login", true} // want
}

func zero(user string) *AuditRecord {
	var rec AuditRecord
	rec.User = user
	rec.Time = time.Now().Local() // want
	return &rec
}

func made() *AuditRecord {
	rec := new(AuditRecord)
	rec.Time = time.Now() // want
	return rec
}

func logged(auditLog *slog.Logger, user string) {
	auditLog.Info("login", "user", user, "at", time.Now()) // want
}

func attribute(audit *slog.Logger, user string) {
	audit.Info("login", slog.String("user", user), slog.Time("at", time.Now())) // want
}
