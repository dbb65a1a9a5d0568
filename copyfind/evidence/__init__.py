"""A second look at two pictures: are they one, how was the copy made, or is it another shot."""
