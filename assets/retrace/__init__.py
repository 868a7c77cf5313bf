"""A published value computed once more, from the batches or the raw bytes that it names, with each of its steps."""
