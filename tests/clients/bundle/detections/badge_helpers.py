"""What the detections about badges share."""


def door_name(event):
    return f"{event.get('site', 'unknown site')}/{event.get('door', 'unknown door')}"
