"""What several workflows share: reading on, the data lake, documents, detections, people."""
