"""What staff do to payments, memberships and supporters: each page says what will happen, and asks once."""
