"""Floor 0: errors, typed absence, units and the columns that every other floor shares."""
