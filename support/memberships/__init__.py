"""Support that continues: memberships and the periods that were paid for."""
