"""The files that leave the home: the open one and that of each partner, made of the internal file by allow-list."""
