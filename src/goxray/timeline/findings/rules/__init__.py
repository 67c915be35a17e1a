"""The rules, one a file. Each threshold's reason stands in the docstring of its rule."""
