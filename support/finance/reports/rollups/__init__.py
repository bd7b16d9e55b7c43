"""Rollups: sums by day, so that reports of years need not read every payment; and which days they do not hold for.

Whatever changes a figure of a day marks it, by triggers of the database itself (migration 0013): no write, however it
is made, is forgotten. A day that is marked is read from the payments, refunds, disputes and entries themselves, until
the worker has summed it again.
"""
