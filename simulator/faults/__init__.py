"""What can go wrong with a feed, planted by name: in its rows, or in the reply that carries them."""
