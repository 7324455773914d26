"""Unit tests of detections: their Python runs in a limited process of its own, never in the server's."""
