"""What each job does from end to end."""
