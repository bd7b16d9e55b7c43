"""Two supporters who are one person."""
