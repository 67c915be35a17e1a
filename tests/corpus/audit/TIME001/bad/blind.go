package blind

import (
	clock "time"
)

type AuditRecord struct {
	At   clock.Time
	User string
}

func made(user string) AuditRecord { return AuditRecord{At: clock.Now(), User: user} } // want

func later(user string) *AuditRecord {
	r := &AuditRecord{User: user}
	r.At = clock.Now().UTC() // want
	return r
}

type auditEvent struct {
	Stamp int64
	Who   string
}

func stamped() auditEvent { return auditEvent{Stamp: clock.Now().UnixMilli()} } // want
