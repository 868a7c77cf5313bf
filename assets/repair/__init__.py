"""`madang repair`: what is damaged is made again from what landed, through the same gates. What is whole stays."""
