"""The command line: words into values, one call, one result."""
