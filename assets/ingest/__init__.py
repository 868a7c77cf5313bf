"""One feed on its way from its source to audited core rows: fetch, read, deduplicate, gate."""
