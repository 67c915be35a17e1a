"""Sealed bundles (``.goxs``): one piece of evidence, encrypted, signed, described (docs/vault-format.md)."""
