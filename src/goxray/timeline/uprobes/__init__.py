"""Events of a running Go program from uprobes in its runtime's functions."""
