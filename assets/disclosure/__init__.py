"""Disclosure control: which cells of private feeds may be shown, and what an attacker learns from those that are.

It takes frames and gives frames. Where cells come from, `assets/derive/private_cells.py` says; what is done with the
answer (masking, versions, tiers) belongs to who publishes. docs/disclosure.md has the rules, the attacks and what they
cost.
"""
