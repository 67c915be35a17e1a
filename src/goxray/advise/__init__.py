"""Advice: what to change in a Go program, how many bytes it gains by prediction, and when the advice is wrong."""
