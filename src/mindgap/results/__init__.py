"""What the stages write: each file declared once, for those who write it and those who read it."""
