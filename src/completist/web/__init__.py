"""The web face: the HTTP API, and who may use it. FastAPI stays in here."""
