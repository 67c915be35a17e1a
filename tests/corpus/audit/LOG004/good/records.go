package audit

import (
	"io"
	"log"
	"log/slog"
	"time"

	"go.uber.org/zap"
)

// All four.
type AuditRecord struct {
	Time   time.Time
	User   string
	Event  string
	Result string
}

// All four, in other words.
type loginAuditEvent struct {
	OccurredAt time.Time
	ActorID    int64
	Action     string
	Success    bool
}

type header struct {
	Time time.Time
	User string
}

// What is embedded may hold the rest.
type AuditEntry struct {
	header
	Action string
}

// A writer of records is no record.
type AuditLog struct {
	out  io.Writer
	name string
}

// Nor is its configuration.
type AuditConfig struct {
	Path  string
	Level string
}

// User and result are there.
func whole(audit *slog.Logger, user string, err error) {
	audit.Info("delete", "user", user, "result", err == nil)
}

// The logger carries the user.
func bound(audit *slog.Logger, user string) {
	auditUser := audit.With("user", user)
	auditUser.Info("delete", "status", "denied")
}

// What is in the attributes is not known.
func spread(audit *slog.Logger, attrs ...any) {
	audit.Info("delete", attrs...)
}

// A record that was made before goes out as JSON.
func encoded(auditLog *log.Logger, record []byte) {
	auditLog.Print(string(record))
}

// Typed fields.
func typed(auditLog *zap.SugaredLogger, operator string, code int) {
	auditLog.Infow("export", zap.String("operator", operator), zap.Int("code", code))
}

// A log that is no audit log.
func service(logger *log.Logger, port int) {
	logger.Printf("listening on %d, auditing is on", port)
}
