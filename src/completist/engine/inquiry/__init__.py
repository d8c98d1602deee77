"""Inquiry: what live providers are asked about the items of a batch, and what comes of their answers."""
