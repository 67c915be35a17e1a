"""Floor 4: source trees and binaries against the rules of regulated systems.

``source`` makes facts of Go source (tree-sitter), ``modules`` of go.mod and its kin, ``binaries`` of executables,
``config`` of what builds and runs them; ``rules`` turns facts into hits, one file a rule.
"""
