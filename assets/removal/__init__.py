"""Taking rows out of a home, with what is made of them: because somebody withdraws them, or their contract ends."""
