"""What stands on the pages: each panel reads what it is given and draws it."""
