package blind

import (
	"fmt"
	"net"
)

const base = "https://undeclared.example.org/v1" // want

func url(id int) string { return fmt.Sprintf("%s/users/%d", base, id) }

func dial() { net.Dial("tcp", "db.other.example:5432") } // want

func look() { net.LookupHost("mail.other.example") } // want

var endpoints = map[string]string{"pay": "https://pay.other.example/api"} // want
