"""The site of the open file: pages for people who read no SQL, static, made of that file alone."""
