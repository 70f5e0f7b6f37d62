"""A decoder of the formats of spec/, written from the texts there alone."""
