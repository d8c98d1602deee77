"""What there is to know, and who knows it: the data behind all simulated providers."""
