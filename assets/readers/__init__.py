"""Readers: bytes as delivered -> rows of text; one module per format. No fetching and no meaning."""
