package member

import (
	"fmt"
	"log"
	"log/slog"
	"net/http"
)

type user struct {
	ID     int64
	Name   string
	Phone  string
	IDCard string
}

func (u *user) GetEmail() string { return u.Name + "@example.cn" }

func byField(u *user) {
	log.Printf("registered %s", u.Phone) // want
}

func byParameter(email string) {
	log.Println("sent to", email) // want
}

func joined(idCardNo string) {
	log.Print("checked " + idCardNo) // want
}

func formatted(mobile string) {
	message := fmt.Sprintf("code for %s", mobile)
	log.Print(message) // want
}

func followed(u *user) {
	target := u.IDCard
	log.Printf("asked for %s", target) // want
}

func getter(u *user) {
	log.Printf("mail of %d: %s", u.ID, u.GetEmail()) // want
}

func wholeStruct(u *user) {
	log.Printf("user %+v", u) // want
}

func wholeValue(list []user) {
	for _, each := range list {
		slog.Debug("loaded", "user", each) // want
	}
}

func ownLogger(logger *log.Logger, bankCard string) {
	logger.Printf("paid with %q", bankCard) // want
}

func structured(u *user) {
	slog.Info("login", "id", u.ID, "p", u.Phone) // want
}

func attribute(logger *slog.Logger, value string) {
	logger.Info("login", slog.String("phone", value)) // want
}

func request(r *http.Request) {
	phoneNumber := r.FormValue("p")
	slog.Warn("refused", "who", phoneNumber) // want
}
