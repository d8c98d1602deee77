"""Observability: logs and metrics. Both carry ids, never titles, authors, keys or tokens."""
