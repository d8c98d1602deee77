"""Wikidata, for books."""
