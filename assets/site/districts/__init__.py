"""The districts of a city: which there are, one metric by district, all metrics of a district, and its position."""
