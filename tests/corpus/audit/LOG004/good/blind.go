package blind

import (
	"log/slog"
	"time"
)

// Everything is there, under other names.
type AuditRecord struct {
	CreatedAt time.Time
	Operator  string
	Action    string
	Outcome   string
}

// No record: what configures them.
type AuditConfig struct {
	Path string
	Days int
}

// With names and values.
func record(logger *slog.Logger, user string) {
	logger.Info("audit", "time", time.Now(), "user", user, "event", "delete", "result", "ok")
}
