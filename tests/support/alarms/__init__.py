"""What rings an alarm."""
