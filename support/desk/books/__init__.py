"""Payments, payouts and the listings under figures."""
