"""What belongs to a picture file, and moves with it."""
