"""Exact types of Go source by the user's own Go toolchain: ``goxray audit --types``."""
