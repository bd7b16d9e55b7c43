"""/account: what a supporter with a proven address sees and changes: memberships, payments, receipts, language."""
