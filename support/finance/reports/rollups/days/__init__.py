"""Sums by day, and which days they do not hold for: triggers (migration 0013) mark those of which something changed."""
