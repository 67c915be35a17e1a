"""What ``goxray gc watch`` does, for programs."""
