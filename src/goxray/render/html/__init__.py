"""``--format html``: one file that loads nothing, opens at once, and reads well in the dark and in print."""
