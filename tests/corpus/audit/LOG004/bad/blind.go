package blind

import (
	"log"
	"time"
)

type AuditEvent struct { // want
	Time   time.Time
	Action string
}

type LoginAuditLog struct { // want
	UserID string
	Result string
	Note   string
}

var auditLogger = log.Default()

func record(user string) { auditLogger.Println("deleted by", user) } // want
