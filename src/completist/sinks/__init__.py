"""Sinks: where results go. They import nothing but the SDK and the domain."""
