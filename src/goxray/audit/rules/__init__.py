"""The rules, one a file: each holds its row of the catalogue and what it looks for as ``RULE``."""
