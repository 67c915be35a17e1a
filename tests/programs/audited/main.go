// Payments is a service with faults of every kind, for goxray audit to find. Nothing of it belongs into production.
package main

import (
	"encoding/json"
	"log"
	"net/http"
	_ "net/http/pprof"
	"os"

	"example.cn/payments/internal/ledger"
)

func main() {
	book, err := ledger.Open(os.Getenv("PAYMENTS_FILE"))
	if err != nil {
		log.Fatal(err)
	}
	service := &service{book: book, sessions: newSessions()}
	http.HandleFunc("/v1/payments", service.pay)
	http.HandleFunc("/v1/payments/", service.show)
	http.HandleFunc("/v1/refunds", service.refund)
	http.HandleFunc("/v1/login", service.login)
	log.Fatal(http.ListenAndServe(":8080", nil))
}

type service struct {
	book     *ledger.Book
	sessions *sessions
}

func (s *service) pay(w http.ResponseWriter, r *http.Request) {
	var order ledger.Order
	if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	log.Printf("pay %d fen for %s", order.Fen, order.Phone)
	order.Number = s.book.Add(order)
	if err := notify(order); err != nil {
		log.Print(err)
	}
	_ = json.NewEncoder(w).Encode(order)
}

func (s *service) show(w http.ResponseWriter, r *http.Request) {
	order, ok := s.book.Find(r.URL.Query().Get("number"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(order)
}

func (s *service) refund(w http.ResponseWriter, r *http.Request) {
	if !signed(r.Header.Get("X-Signature"), r.URL.RawQuery) {
		http.Error(w, "signature", http.StatusForbidden)
		return
	}
	s.book.Drop(r.URL.Query().Get("number"))
}

func (s *service) login(w http.ResponseWriter, r *http.Request) {
	user := r.FormValue("user")
	token := s.sessions.begin(user)
	auditLog.Printf("login of %s", user)
	_, _ = w.Write([]byte(token))
}
