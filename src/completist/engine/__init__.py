"""The engine: importing, scanning, enriching, reviewing, undoing. It knows no kind by name."""
