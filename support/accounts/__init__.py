"""Who someone is: supporters, known by an address that they may or may not have proven."""
