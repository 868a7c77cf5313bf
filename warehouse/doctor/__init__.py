"""`madang doctor`: what of a home is not what it was when it was written. All of it is read, nothing is changed."""
