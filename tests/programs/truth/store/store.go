// Package store holds maps in a package that is not main, with an import path of several parts.
package store

// Session is one elem of Sessions.
type Session struct {
	Attributes map[string]string
	ID         int
}

var sessions = map[string]*Session{}

// Default is a pointer to a structure that holds a map.
var Default = &Registry{byName: map[string]int{"zero": 0}}

// Registry holds a map in an unexported field.
type Registry struct {
	byName map[string]int
}

// Fill adds n sessions.
func Fill(n int, name func(int) string) {
	for i := 0; i < n; i++ {
		sessions[name(i)] = &Session{Attributes: map[string]string{"user": name(i)}, ID: i}
	}
}

// Sessions returns the package's unexported map.
func Sessions() map[string]*Session { return sessions }

// ByName returns the registry's unexported map.
func (r *Registry) ByName() map[string]int { return r.byName }
