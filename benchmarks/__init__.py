"""Timings on generated data: `make bench` writes one JSON file and prints a table of ratios."""
