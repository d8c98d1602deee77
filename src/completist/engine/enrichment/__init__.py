"""Enrichment: what programs outside tell, want to have asked, and look up by ISBN."""
