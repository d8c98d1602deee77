"""Models: what a language model is asked about blocks, and what of its reply is believed."""
