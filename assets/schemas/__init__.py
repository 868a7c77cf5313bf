"""JSON schemas of the files that people write, made from the types that read them: an editor completes and checks."""
