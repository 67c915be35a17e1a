"""Masking of logs and of shown keys: de-identification (去标识化) under a key, not anonymisation; see ``tokens``."""
