"""A local page to look at clusters of copies, decide, and clear away."""
