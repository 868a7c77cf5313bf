"""How large a drift has to be to be seen, and after how many days: plantings into real days, and docs/drift.md of them.

`networks` reads the days, `plant` bends them, `seen` asks the product's own functions (`assets/watch`), `page` writes.
"""
