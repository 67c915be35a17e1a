"""Facts of Go source by tree-sitter: names resolved, constants folded, values followed inside a function.

``files`` reads and parses, ``scopes`` says what a name means where it stands, ``package`` knows the declarations of a
directory, ``resolve`` names and types, ``values`` follows expressions, ``unit`` is what rules see.
"""
