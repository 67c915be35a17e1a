"""Floor 4: published claims put to the test on real toolchains.

An experiment is a folder of ``experiments/``: ``claim.toml`` says what is claimed and what would refute it, ``main.go``
measures. ``experiment`` says what the file holds, ``reading`` reads it.
"""
