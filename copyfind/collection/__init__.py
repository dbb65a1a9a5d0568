"""Folders of photos: what is in them, and the catalog that remembers it."""
