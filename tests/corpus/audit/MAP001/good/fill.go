package index

import "bufio"

type row struct {
	ID   int64
	Name string
}

// The hint is given.
func hinted(rows []row) map[int64]row {
	found := make(map[int64]row, len(rows))
	for _, each := range rows {
		found[each.ID] = each
	}
	return found
}

// How many lines come is not known.
func scanned(scanner *bufio.Scanner) map[string]bool {
	seen := make(map[string]bool)
	for scanner.Scan() {
		seen[scanner.Text()] = true
	}
	return seen
}

// A channel has no length.
func received(names chan string) map[string]bool {
	seen := make(map[string]bool)
	for name := range names {
		seen[name] = true
	}
	return seen
}

// Only some rows are taken.
func filtered(rows []row) map[int64]row {
	found := make(map[int64]row)
	for _, each := range rows {
		if each.Name != "" {
			found[each.ID] = each
		}
	}
	return found
}

// Only some rows are taken, told by continue.
func skipped(rows []row) map[int64]row {
	found := make(map[int64]row)
	for _, each := range rows {
		if each.Name == "" {
			continue
		}
		found[each.ID] = each
	}
	return found
}

// Rows are grouped: how many groups there are is not known.
func grouped(rows []row) map[string][]row {
	groups := make(map[string][]row)
	for _, each := range rows {
		groups[each.Name] = append(groups[each.Name], each)
	}
	return groups
}

// Words are counted: how many differ is not known.
func counted(words []string) map[string]int {
	counts := make(map[string]int)
	for _, word := range words {
		counts[word]++
	}
	return counts
}

// Eight entries fit without growing.
func few() map[int]int {
	squares := make(map[int]int)
	for i := 0; i < 8; i++ {
		squares[i] = i * i
	}
	return squares
}

// A new map each round gets one entry.
func each(rows []row) []map[string]int64 {
	var all []map[string]int64
	for _, row := range rows {
		one := make(map[string]int64)
		one[row.Name] = row.ID
		all = append(all, one)
	}
	return all
}

// The map is the caller's.
func given(found map[int64]row, rows []row) {
	for _, each := range rows {
		found[each.ID] = each
	}
}

// A slice, no map.
func slice(rows []row) []string {
	names := make([]string, len(rows))
	for i, each := range rows {
		names[i] = each.Name
	}
	return names
}
