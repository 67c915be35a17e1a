// Package ledger keeps orders.
package ledger

import (
	"strconv"
	"sync"

	"example.cn/idgen"
)

// DSN is where orders are kept.
const DSN = "postgres://payments:Pa55w0rd-2024@db.example.cn:5432/payments?sslmode=disable"

// Order is one payment.
type Order struct {
	Number int64  `json:"number" db:"number"`
	Phone  string `json:"phone" db:"phone"`
	IDCard string `json:"id_card" db:"id_card"`
	Fen    int64  `json:"fen" db:"fen"`
}

// Book holds orders by number.
type Book struct {
	mu     sync.Mutex
	orders map[string]Order
}

// Open opens a book.
func Open(string) (*Book, error) { return &Book{orders: map[string]Order{}}, nil }

// Add keeps an order and returns its number.
func (b *Book) Add(order Order) int64 {
	order.Number = idgen.Next()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.orders[strconv.FormatInt(order.Number, 10)] = order
	return order.Number
}

// Find returns an order.
func (b *Book) Find(number string) (Order, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	order, ok := b.orders[number]
	return order, ok
}

// Drop forgets an order.
func (b *Book) Drop(number string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.orders, number)
}

// ByPhone returns all orders by who made them.
func ByPhone(orders []Order) map[string]Order {
	found := make(map[string]Order)
	for _, order := range orders {
		found[order.Phone] = order
	}
	return found
}
