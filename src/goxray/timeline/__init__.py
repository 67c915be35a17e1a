"""What a program did over time, read from its traces and profiles."""
