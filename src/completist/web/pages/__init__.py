"""The few pages that a browser shows: logging in, and what the server is about."""
