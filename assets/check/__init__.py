"""What `madang city check` finds in a pack before the night: mistakes with file, line, key, and what to write."""
