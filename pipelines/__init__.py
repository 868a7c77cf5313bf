"""Wiring only: settings, partitions, jobs, schedules, sensors and the madang command; no data logic."""
