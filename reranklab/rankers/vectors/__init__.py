"""Queries and documents read apart, as vectors that can be kept: of the whole, of each token, or of terms."""
