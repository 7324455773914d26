"""What the server says of its own work: request ids, counters and durations, traces; never arguments or results."""
