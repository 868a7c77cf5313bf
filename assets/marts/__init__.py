"""Marts: core rows brought to areas and hours or days. One module and one contract for each, named as the table."""
