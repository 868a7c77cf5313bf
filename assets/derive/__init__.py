"""Tables made from other tables: which there are, and how one is made again when its inputs changed."""
