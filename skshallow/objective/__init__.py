"""What is minimised: models, losses, penalties, and J as their sum over blocks."""
