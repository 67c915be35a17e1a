// Package cov has branches of every kind; cov_test.go takes some of them.
package cov

import "errors"

// Sign has an if, an else if and an else.
func Sign(n int) int {
	if n > 0 { // taken
		return 1
	} else if n < 0 { // not taken

		// a comment before the first statement
		return -1
	} else { // taken
		return 0
	}
}

// Name has cases, one of them empty, and a default.
func Name(n int) (s string) {
	switch n {
	case 0: // taken
		s = "zero"
	case 1: // not taken
		s = "one"
	case 2: // taken, empty
	case 3, 4: // not taken, empty
	default: // not taken
		if s == "" { // not taken
			s = "many"
		}
	}
	return s
}

// Kind has a type switch.
func Kind(v any) string {
	switch v := v.(type) {
	case int: // taken
		return "int"
	case error: // not taken
		return v.Error()
	}
	return ""
}

// Pick has a select and loops.
func Pick(c chan int, done chan struct{}) (sum int) {
	for { // taken
		select {
		case v, ok := <-c: // taken
			if !ok { // taken
				return sum
			}
			sum += v
		case <-done: // not taken
			return -1
		}
	}
}

// Sum has a loop that no test enters, a closure, and an if with a statement before its condition.
func Sum(list []int) (int, error) {
	total := 0
	for _, v := range list { // not taken
		total += v
	}
	check := func() error {
		if total < 0 { // not taken
			return errors.New("negative")
		}
		return nil
	}
	if err := check(); err != nil { // not taken
		return 0, err
	}
	if total == 0 { /* taken, empty */
	}
	return total, nil
}
