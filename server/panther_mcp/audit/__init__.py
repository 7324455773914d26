"""The audit log: what was changed in Panther through this server, by whom, from what to what."""
