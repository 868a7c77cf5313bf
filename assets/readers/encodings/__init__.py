"""Encodings: in which one a delivery's text was written, decided once, or refused where two readings are possible."""
