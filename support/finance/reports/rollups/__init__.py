"""Rollups: sums, so that reports of years need not read every row; and what of them does not hold any more.

`days` are sums by day of payments, refunds, disputes and ledger entries; `worth` is when a month of a supporter's
became worth how much, and the sums of that by month. Whatever changes a figure marks it, by triggers of the database
itself: no write, however it is made, is forgotten. What is marked is read from the rows themselves until the worker has
summed it again.
"""
