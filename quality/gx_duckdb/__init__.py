"""Great Expectations on an open DuckDB connection: checks in, results out.

    from quality.gx_duckdb.check import Check
    from quality.gx_duckdb.evaluate import evaluate

Only this package imports `great_expectations`, which costs 3-5 s of CPU and 286 MB. The first call of `evaluate` does
so (or `import_great_expectations`), never the import of a module that others need.

Not here: which checks to run (contracts), what a failed check means (the gate), where results are kept (ledger).

Why no ready-made dialect: GX 1.24 has no DuckDB engine, and on third-party dialects 48-52 of 58 expectation
probes die in `IndexError: list index out of range`, because GX hands its connection back to the pool, which
rolls back, before it fetches. Here one connection stays open and rows are fetched inside execute.

What a caller has to know:

* An all-NULL or empty column passes every column rule but not-null: pair rules with not-null.
* Compound uniqueness ignores rows with a NULL in a key column, as GX does on every SQL backend (on pandas it
  counts them: 511 instead of 74 in the same million rows). Pair it with not-null on each key column.
* `mostly` is a share of the non-null rows; of the rows left by `ignore_row_if` for several columns. It lets a
  rule succeed with `unexpected_count` > 0, and then there are samples too.
* A bound of an aggregate given as a date ("2026-07-01") is compared by day: a newest time of 12:00 that day
  is not above it. Give a time ("2026-07-01T00:00:00"). Row rules compare with midnight.
* A regex is searched, not matched in full: anchor it. The syntax is RE2's (no look-around).
* In a user's query braces are GX's ({batch} is the table): double those of a regex quantifier or a struct.
* Everything runs on the caller's connection. A result not yet fetched from it is lost. What cannot be evaluated
  aborts an open transaction, as DuckDB has no savepoints: that check and later ones become errors. No audit opens one.
"""
