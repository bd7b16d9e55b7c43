"""Refunds: asked for, approved, sent."""
