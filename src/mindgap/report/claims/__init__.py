"""The page of claims: verdicts, and a section with pictures for each."""
