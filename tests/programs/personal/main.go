// Command personal holds maps with made-up personal data in keys and elems, as strings, numbers, and fields of structs,
// and the same in strings that are there twice.
//
// It prints one line of JSON, {"pid":..., "planted": [what must not be shown], "kept": [what must be, of maps],
// "keptEqual": [the same of equal strings]}, and waits for the end of its input. The identity card is of a person born on 1900-01-01, the bank card is the one that payment
// systems use for tests, the mobile number is a hotline's.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	mobile = "13800138000"
	idCard = "110101190001010014"
	card   = "4111111111111111"
	mail   = "nobody@example.com"
	person = "张三"
)

type contact struct {
	Name   string
	Mobile string
	IDCard string
	Visits int
}

var (
	byMobile = map[string]contact{mobile: {person, mobile, idCard, 7}}
	byNumber = map[int64]string{13800138000: "active"}
	fields   = map[string]string{"name": person}
	notes    = map[string]string{
		// The number begins before the 120th byte and ends behind it; what is shown must not hold its first digits.
		"long": strings.Repeat("x", 112) + " " + mobile + " " + strings.Repeat("y", 200),
		// Longer than what is read at all.
		"huge": "paid with " + card + " by " + mail + " " + strings.Repeat("z", 5000),
	}
)

// equal holds each of these in two arrays.
var equal = twice(
	mobile,
	"card "+card+" of the one who paid",
	`{"name":"`+person+`","id":"`+idCard+`","visits":7}`,
	// The number begins before the 96th byte and ends behind it; what is shown must not hold its first digits.
	strings.Repeat("u", 88)+" "+mobile+" "+strings.Repeat("v", 200),
	// Longer than what is read at all, and what is read ends within the address.
	"written to "+strings.Repeat("w", 2029)+" "+mail+strings.Repeat(" end", 300),
	"nothing of anybody in here",
)

func twice(texts ...string) (all []string) {
	for _, text := range texts {
		all = append(all, strings.Clone(text), strings.Clone(text))
	}
	return
}

func main() {
	json.NewEncoder(os.Stdout).Encode(map[string]any{
		"pid":     os.Getpid(),
		"planted": []string{mobile, mobile[:7], idCard, card, mail, person},
		"kept":    []string{"active", "Visits: 7", "paid with", `"long"`},
		"keptEqual": []string{"of the one who paid", `"visits":7}`, strings.Repeat("u", 88), "written to", "nothing of anybody in here"},
	})
	io.Copy(io.Discard, os.Stdin)
	fmt.Fprintln(io.Discard, byMobile, byNumber, fields, notes, equal)
}
