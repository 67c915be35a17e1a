// A Scan that ends as the article's does: it calls a pointer method on a value that has no address.
package main

import "database/sql"

type scanner struct{ into string }

func (s *scanner) Scan(src any) error {
	plain, _ := src.([]byte)
	return sql.NullString{String: string(plain), Valid: true}.Scan(&s.into)
}

func main() {
	lab(map[string]func(){"main": func() { truth("", "made", new(scanner).Scan(nil) == nil) }})
}
