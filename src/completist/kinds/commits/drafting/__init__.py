"""Drafting: from a block to cards by rules, and the gates that each card has to pass."""
