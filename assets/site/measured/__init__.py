"""What the page of one metric shows: its rows of the open file, its series, what it means, and its downloads."""
