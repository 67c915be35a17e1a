package main

import "sync"

// A user has tags that the application puts on it: one small map for each user,
// all held the same way.
type user struct {
	Name string
	Tags map[string]string
}

type directory struct {
	mu     sync.Mutex
	byName map[string]*user
}

func newDirectory() *directory {
	return &directory{byName: make(map[string]*user)}
}

// seen returns the user of that name, and makes it on its first visit.
func (d *directory) seen(name string) *user {
	d.mu.Lock()
	defer d.mu.Unlock()
	u, ok := d.byName[name]
	if !ok {
		u = &user{Name: name, Tags: map[string]string{"plan": "free"}}
		d.byName[name] = u
	}
	return u
}

func (d *directory) tag(name, key, value string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if u, ok := d.byName[name]; ok {
		u.Tags[key] = value
	}
}

func (d *directory) counts() (users, tags int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range d.byName {
		tags += len(u.Tags)
	}
	return len(d.byName), tags
}
