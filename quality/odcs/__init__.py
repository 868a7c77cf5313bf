"""Contracts as documents of the Open Data Contract Standard: read, and written so that other tools can test them."""
