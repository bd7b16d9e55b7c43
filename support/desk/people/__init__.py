"""Supporters, one by one."""
