"""Moving a city between installations: its sample, what it takes from Madang, its archive, and what differs."""
