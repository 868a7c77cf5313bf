"""What may not be there of a feed: its contract has ended or keeps rows no longer, or somebody withdrew them."""
