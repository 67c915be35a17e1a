package member

import (
	"crypto/hmac"
	"log"
	"log/slog"
	"strings"
)

type user struct {
	ID            int64
	Phone         secret
	EmailVerified bool
	PhoneCount    int
}

type secret string

func (s secret) LogValue() slog.Value { return slog.StringValue("***") }

func (s secret) String() string { return "***" }

func mask(text string) string {
	if len(text) < 7 {
		return "***"
	}
	return text[:3] + "****" + text[len(text)-2:]
}

// Masked where it is written.
func masked(phone string) {
	log.Printf("registered %s", mask(phone))
}

// Masked before, under the same name.
func maskedBefore(phone string) {
	phone = mask(phone)
	log.Printf("registered %s", phone)
}

// Masked before, under another name.
func maskedName(email string) {
	maskedEmail := mask(email)
	slog.Info("registered", "email", maskedEmail)
}

// The key says phone, the value is masked.
func maskedKey(phone string) {
	slog.Info("registered", "phone", mask(phone))
}

// The type masks itself.
func maskedType(u *user) {
	slog.Info("registered", "phone", u.Phone)
}

// A struct whose only personal field masks itself.
func maskedStruct(u user) {
	log.Printf("user %+v", u)
}

// Facts about the data, not the data.
func facts(u *user, email string) {
	log.Printf("verified %v, %d numbers, %d letters", u.EmailVerified, u.PhoneCount, len(email))
}

// A message that speaks of an email.
func onlyWords() {
	log.Println("email sent to the user's phone")
}

// A queue of mails and a template are no addresses.
func others(emailQueue []int, emailTemplate string, mobileClient any) {
	log.Println(len(emailQueue), emailTemplate, mobileClient)
}

// What the error of a check says.
func failed(phone string) {
	phoneErr := check(phone)
	log.Println(phoneErr)
}

func check(phone string) error { return nil }

// A keyed token stands for the number.
func keyed(mac func(string) string, idCard string) {
	token := mac(strings.TrimSpace(idCard))
	slog.Info("seen", "token", token)
	_ = hmac.Equal(nil, nil)
}

type printer struct{}

func (printer) Printf(format string, args ...any) {}

// Another Printf: this one writes no log.
func another(log printer, phone string) {
	log.Printf("%s", phone)
}
