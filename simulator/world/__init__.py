"""The world behind the simulated city: what is true of it on a day or at a moment, in frames, unrounded."""
