"""What comes before a run starts: files taken in, names, the form and what it says. Knows no screen."""
