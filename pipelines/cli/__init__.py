"""The commands of the `madang` command line, by what they do."""
