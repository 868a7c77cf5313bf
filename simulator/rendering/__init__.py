"""How the truth of the world becomes numbers, texts and times, whichever provider shows it."""
