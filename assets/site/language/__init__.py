"""The site in one language: words, numbers, units and periods as people of it write them."""
