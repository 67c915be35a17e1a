"""``goxray advise`` for the interfaces: what to change in a program, and what that gains."""
