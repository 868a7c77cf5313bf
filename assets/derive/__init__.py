"""From core rows to marts, metric values, and their months and years: each table through the gate."""
