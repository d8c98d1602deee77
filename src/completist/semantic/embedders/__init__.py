"""Models that make vectors of texts, behind one contract: `completist.sdk.vectors.Embedder`."""
