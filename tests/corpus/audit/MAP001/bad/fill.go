package index

type row struct {
	ID   int64
	Name string
}

func bySlice(rows []row) map[int64]row {
	found := make(map[int64]row) // want
	for _, each := range rows {
		found[each.ID] = each
	}
	return found
}

func byLiteral(names []string) map[string]bool {
	seen := map[string]bool{} // want
	for _, name := range names {
		seen[name] = true
	}
	return seen
}

func byCounter(rows []row) map[string]int {
	places := make(map[string]int) // want
	for i := 0; i < len(rows); i++ {
		places[rows[i].Name] = i
	}
	return places
}

func byNumber(n int) map[int]int {
	squares := make(map[int]int) // want
	for i := 0; i < n; i++ {
		squares[i] = i * i
	}
	return squares
}

func byMap(names map[int64]string) map[string]int64 {
	ids := make(map[string]int64) // want
	for id, name := range names {
		ids[name] = id
	}
	return ids
}

func byArray(table [256]string) map[string]int {
	var codes = map[string]int{} // want
	for code, name := range table {
		codes[name] = code
	}
	return codes
}

func byRangeOfInt(n int) map[int]string {
	made := make(map[int]string) // want
	for i := range n {
		made[i] = "x"
	}
	return made
}

func nested(groups [][]string) []map[string]int {
	var all []map[string]int
	for _, names := range groups {
		one := make(map[string]int) // want
		for place, name := range names {
			one[name] = place
		}
		all = append(all, one)
	}
	return all
}

func pointers(rows []*row) map[string]*row {
	named := make(map[string]*row) // want
	for _, each := range rows {
		key := each.Name
		named[key] = each
	}
	return named
}

func constantCount() map[int]bool {
	const count = 1000
	found := make(map[int]bool) // want
	for i := 0; i < count; i++ {
		found[i] = false
	}
	return found
}
