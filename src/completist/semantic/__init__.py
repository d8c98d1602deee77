"""Search by meaning: what makes vectors of texts, and what finds the nearest ones."""
