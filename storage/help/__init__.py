"""The help itself: deliveries, what sites report of them, photos."""
