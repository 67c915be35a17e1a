package blind

type walker struct{ active map[string]bool }

// What is deferred leaves at once: the map is as deep as the recursion.
func (w *walker) visit(name string, next func(string)) {
	w.active[name] = true
	defer delete(w.active, name)
	next(name)
}

type table struct{ rows map[string]int }

// Made anew when it is small.
func (t *table) drop(name string) {
	delete(t.rows, name)
	if len(t.rows) < 10 {
		fresh := make(map[string]int, len(t.rows))
		for k, v := range t.rows {
			fresh[k] = v
		}
		t.rows = fresh
	}
}

// Local maps die with their function.
func local(names []string) int {
	left := map[string]bool{}
	for _, n := range names {
		delete(left, n)
	}
	return len(left)
}
