"""Money in: one payment per payment intent that succeeded."""
