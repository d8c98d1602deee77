"""The simulated providers, one file for each API or part of one, all speaking of the same world."""
