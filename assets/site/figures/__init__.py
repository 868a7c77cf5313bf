"""Figures as SVG: numbers in, marks and an alternative text out. Nothing here knows of a city or a file."""
