"""Executables: what a Go binary is, read from its file alone, and whether it runs on the platforms of the matrix."""
