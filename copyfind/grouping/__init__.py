"""From pairs to clusters, and the member of each that stays."""
