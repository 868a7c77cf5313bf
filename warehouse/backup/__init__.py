"""Backups of a home, and the way back. What belongs here: bytes and their places. Nothing here knows a feed."""
