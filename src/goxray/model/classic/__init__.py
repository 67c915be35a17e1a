"""The model of Classic maps."""
