"""What the sandbox holds at the start: a company, its logs, its detections, and an intrusion to investigate."""
