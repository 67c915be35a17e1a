package audit

import (
	"context"
	"log"
	"log/slog"
	"time"

	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
)

type AuditRecord struct { // want
	Time   time.Time
	Action string
	Object string
}

type loginAuditEvent struct { // want
	User      string
	EventType string
	CreatedAt time.Time
}

type AuditLogEntry struct { // want
	Operator string
	Message  string
}

type server struct {
	audit *slog.Logger
}

func printed(auditLog *log.Logger, user, id string) {
	auditLog.Printf("user %s deleted %s", user, id) // want
}

func prefixed(user string) {
	log.Printf("audit: %s logged in", user) // want
}

func (s *server) noUser(id string) {
	s.audit.Info("delete", "object", id, "result", "ok") // want
}

func (s *server) noResult(ctx context.Context, user string) {
	s.audit.InfoContext(ctx, "delete", "user", user) // want
}

func attributes(auditor *slog.Logger, audit *slog.Logger, id int) {
	audit.Warn("refused", slog.Int("object", id)) // want
}

func levels(ctx context.Context, audit *slog.Logger, user string) {
	audit.LogAttrs(ctx, slog.LevelInfo, "refused", slog.String("user", user)) // want
}

func sugared(auditLog *zap.SugaredLogger, user string) {
	auditLog.Infow("export", "user", user, "rows", 3) // want
}

func sentence(auditLog *logrus.Logger, user string) {
	auditLog.Infof("%s exported all rows", user) // want
}
