"""Measures what goxray costs. Figures are printed, never asserted: they belong to the machine that ran them."""
