"""Floor 2: the Go runtime's own structures in a target: modules, types, spans, goroutines, functions."""
