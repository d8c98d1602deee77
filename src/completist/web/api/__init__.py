"""The routes of the HTTP API, one file for each thing that they are about."""
