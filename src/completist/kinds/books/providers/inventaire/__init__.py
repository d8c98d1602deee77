"""Inventaire."""
