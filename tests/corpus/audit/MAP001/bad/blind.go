package blind

func generic[K comparable, V any](keys []K, value V) map[K]V {
	out := make(map[K]V) // want
	for _, k := range keys {
		out[k] = value
	}
	return out
}

func counted(n int) map[int]bool {
	seen := map[int]bool{} // want
	for i := range n {
		seen[i] = true
	}
	return seen
}

func fromMap(in map[string]int) map[int]string {
	var out = make(map[int]string) // want
	for k, v := range in {
		out[v] = k
	}
	return out
}

type item struct{ id string }

func named(items []*item) map[string]*item {
	byID := make(map[string]*item, 0) // want
	for _, it := range items {
		byID[it.id] = it
	}
	return byID
}
