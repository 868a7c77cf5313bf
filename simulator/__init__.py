"""The simulated city: a world made up from pack, seed and day, served as the real providers would serve it."""
