"""A made-up but believable city: data for a machine without keys or network, from (pack, seed, day)."""
