package blind

import (
	"log"
	"log/slog"
)

type user struct{ ID, Phone string }

func mask(s string) string { return "***" + s[len(s)-4:] }

// Masked by a helper.
func masked(u user) { slog.Info("login", "phone", mask(u.Phone)) }

// The id alone.
func id(u user) { log.Println("login", u.ID) }

// How many, not which.
func count(phones []string) { log.Printf("%d phones", len(phones)) }

// The last digits.
func tail(phone string) { log.Print(phone[len(phone)-2:]) }
