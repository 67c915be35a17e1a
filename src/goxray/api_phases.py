"""What ``goxray gc phases`` does, for programs."""
