"""Data assets of Madang: what the platform makes and publishes."""
