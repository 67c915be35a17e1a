package blind

// A closure fills it, each time it is called.
func closure(lists [][]string) map[string]bool {
	seen := make(map[string]bool)
	add := func(list []string) {
		for _, s := range list {
			seen[s] = true
		}
	}
	for _, list := range lists {
		add(list)
	}
	return seen
}

// The first loop is only the seed of a search.
func search(roots []string, next func(string) []string) map[string]bool {
	seen := map[string]bool{}
	queue := roots
	for _, r := range roots {
		seen[r] = true
	}
	for len(queue) > 0 {
		for _, s := range next(queue[0]) {
			if !seen[s] {
				seen[s] = true
				queue = append(queue, s)
			}
		}
		queue = queue[1:]
	}
	return seen
}

// A channel has no length that is known before.
func channel(in chan string) map[string]bool {
	out := map[string]bool{}
	for s := range in {
		out[s] = true
	}
	return out
}

// A hint that is there already.
func hinted(list []string) map[string]int {
	m := make(map[string]int, len(list))
	for i, s := range list {
		m[s] = i
	}
	return m
}

type group struct {
	name  string
	count int
}

// How many groups come is not known.
func gathered(names []string) map[string]group {
	groups := make(map[string]group)
	for _, name := range names {
		g := groups[name]
		g.name = name
		g.count++
		groups[name] = g
	}
	return groups
}
