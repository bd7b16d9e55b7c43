"""Tests of the books and their reports."""
