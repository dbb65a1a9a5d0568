"""Find every copy of a photo, however it was edited."""
