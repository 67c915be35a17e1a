"""Where bytes come from: live processes, core dumps, executables and their debug information."""
