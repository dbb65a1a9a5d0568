"""What a picture file says of itself, and what would be lost with it."""
