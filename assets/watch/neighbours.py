"""Over how many days a place is held against its neighbours, and how alike they are."""

WINDOW_DAYS = 30
LEAST_DAYS = 20  # of a window have to be there to judge it
ALIKE = 0.7  # of a month's correlation with the neighbours; below it a place goes its own way
