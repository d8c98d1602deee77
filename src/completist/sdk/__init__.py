"""The contract for plug-ins: what a kind, a source and a finder are, and what they may ask for."""
