"""How badge events map to common names."""


def get_actor(event):
    return event.get("badge") or "nobody"
