"""From the bytes of a picture file to upright sRGB pixels, in worker processes."""
