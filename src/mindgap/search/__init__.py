"""The search: random draws from wide ranges first, from narrow ones after."""
