package blind

import (
	"fmt"
	"log"
	"log/slog"
	"os"
)

type user struct {
	Name  string
	Phone string
}

func whole(u *user) { log.Printf("%+v", u) } // want

func grouped(u user) {
	slog.Info("login", slog.Group("user", slog.String("phone", u.Phone))) // want
}

func built(u user) {
	text := fmt.Sprintf("user %s <%s>", u.Name, u.Phone)
	slog.Warn(text) // want
}

var logger = log.New(os.Stderr, "", 0)

func closure(email string) func() {
	return func() { logger.Println("sent to", email) } // want
}

func wrapped(idCard string, err error) {
	err = fmt.Errorf("no match for %s: %w", idCard, err)
	log.Print(err) // missed
}
