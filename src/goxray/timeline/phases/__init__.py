"""One map's memory, from the last reference to the return to the OS, watched without stopping the program."""
