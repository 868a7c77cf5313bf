"""What the rows of each protocol look like: truth of the world -> the provider's own names, texts and roundings.

One file for each protocol, with `shape`.
"""
