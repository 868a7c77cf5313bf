"""What is about single persons, in the names of columns and in their values. Nothing is read from disk or kept here."""
