"""The product's words and rules: pure functions over frozen dataclasses. No I/O, no clock, no third-party import."""
