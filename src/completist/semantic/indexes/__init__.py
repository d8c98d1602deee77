"""Indexes of vectors, behind one contract: `completist.sdk.vectors.VectorIndex`."""
