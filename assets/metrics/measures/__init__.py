"""Measures by subject: one module for each, named as its table, with what it NEEDS and `measure`."""
