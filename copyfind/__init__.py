"""Find every copy of a photo, however it was edited."""

__version__ = "0.1.0"
