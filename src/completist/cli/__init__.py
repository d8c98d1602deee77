"""The command line: parses what was asked, calls `app.App`, and renders what comes back."""
