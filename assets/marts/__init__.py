"""Marts: core rows brought to areas and hours or days. Frames in, frames out; one module per domain."""
