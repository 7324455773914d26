"""What the sandbox remembers besides logs: alerts, people, detections, tokens, queries; in SQLite, in memory."""
