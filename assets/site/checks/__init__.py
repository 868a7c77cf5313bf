"""What was checked, as the pages of quality and of ways show it: frames of the open file to words and addresses."""
