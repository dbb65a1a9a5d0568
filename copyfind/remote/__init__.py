"""Collections in object stores, described by shards on one machine or many."""
