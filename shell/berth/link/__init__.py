"""The framed channel between Berth's processes: one wire format, three ends."""
