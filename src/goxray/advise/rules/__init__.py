"""One rule of advice a module, each with its texts; :mod:`goxray.advise.registry` finds them."""
