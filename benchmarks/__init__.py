"""How fast Madang is, beside the least work possible and beside what one would take instead. Not part of a night."""
