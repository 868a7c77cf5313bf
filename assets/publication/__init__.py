"""What is published, why a value is absent, and the gate of the file as a whole."""
