"""Statements that were issued to supporters, for those who answer for them."""
